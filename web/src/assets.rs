//! The stylesheet, the script and the icon, carried in the binary. Their
//! addresses contain a hash of their content, so browsers may keep them for
//! ever and never show a page with the stylesheet of another version.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

struct Asset {
    kind: &'static str,
    bytes: &'static [u8],
    address: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        asset(
            "app.css",
            "text/css; charset=utf-8",
            include_bytes!("../assets/app.css"),
        ),
        asset(
            "app.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../assets/app.js"),
        ),
        asset(
            "icon.svg",
            "image/svg+xml",
            include_bytes!("../assets/icon.svg"),
        ),
    ]
});

pub fn stylesheet() -> &'static str {
    &ASSETS[0].address
}

pub fn script() -> &'static str {
    &ASSETS[1].address
}

pub fn icon() -> &'static str {
    &ASSETS[2].address
}

/// GET /assets/{hash}/{name}. A wrong hash is answered with 404: with the
/// content of another version the browser would keep it under this address.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let address = format!("/assets/{hash}/{name}");
    let Some(asset) = ASSETS.iter().find(|asset| asset.address == address) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

fn asset(name: &'static str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)[..8]);
    Asset {
        kind,
        bytes,
        address: format!("/assets/{hash}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_stays_under_twenty_kilobytes() {
        let script = ASSETS
            .iter()
            .find(|asset| asset.address == script())
            .expect("the script");
        assert!(script.bytes.len() <= 20_000, "{} bytes", script.bytes.len());
    }

    #[test]
    fn addresses_carry_the_hash_of_the_content() {
        for asset in ASSETS.iter() {
            let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(asset.bytes)[..8]);
            assert!(asset.address.starts_with(&format!("/assets/{hash}/")));
        }
    }

    #[tokio::test]
    async fn wrong_hash_is_not_found() {
        let answer = serve(Path(("0000000000000000".into(), "app.css".into()))).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
