//! Pages over HTTP/1.1 on one kept connection, as a browser fetches them.

use crate::desk_of::PASSWORD;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

struct Answer {
    status: String,
    cookies: Vec<String>,
    body: String,
}

/// Logs in and returns the Cookie header of the session.
pub async fn login(web: SocketAddr) -> Result<String> {
    let mut connection = BufReader::new(TcpStream::connect(web).await?);
    let form = request(&mut connection, web, "GET", "/login", "", "").await?;
    let csrf = form.body.split_once("name=\"csrf\"").map(|(_, rest)| rest);
    let csrf = csrf.and_then(|rest| rest.split_once("value=\"")?.1.split('"').next());
    let csrf = csrf.context("no csrf token on the login page")?;
    let cookie = form.cookies.join("; ");
    let fields = format!(
        "csrf={csrf}&login=ada&password={}",
        PASSWORD.replace(' ', "+")
    );
    let answer = request(&mut connection, web, "POST", "/login", &cookie, &fields).await?;
    if !answer.status.contains("303") {
        bail!("the login was answered with {}", answer.status);
    }
    Ok(answer.cookies.join("; "))
}

/// The median time of `times` fetches of one page.
pub async fn median(web: SocketAddr, cookie: &str, path: &str, times: usize) -> Result<Duration> {
    let mut connection = BufReader::new(TcpStream::connect(web).await?);
    connection.get_ref().set_nodelay(true)?;
    let mut taken = Vec::new();
    for _ in 0..times {
        let begin = Instant::now();
        let answer = request(&mut connection, web, "GET", path, cookie, "").await?;
        taken.push(begin.elapsed());
        if !answer.status.contains("200") {
            bail!("{path} was answered with {}", answer.status);
        }
    }
    taken.sort();
    Ok(taken[taken.len() / 2])
}

async fn request(
    connection: &mut BufReader<TcpStream>,
    web: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    form: &str,
) -> Result<Answer> {
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: {web}\r\nCookie: {cookie}\r\nOrigin: http://{web}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    connection.get_mut().write_all(text.as_bytes()).await?;
    let mut answer = Answer {
        status: String::new(),
        cookies: Vec::new(),
        body: String::new(),
    };
    connection.read_line(&mut answer.status).await?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse()?,
            "set-cookie" => {
                let pair = value.split(';').next().unwrap_or_default();
                answer.cookies.push(pair.to_owned());
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}
