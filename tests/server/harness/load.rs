//! Many mails over many connections at once.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Client, Mail};

/// Sends every mail, each connection taking the next one as soon as it has its answer. All
/// connections begin at the same moment. Returns each mail that was begun with what it was told; a
/// mail whose connection broke was told nothing, and those after it may never have been begun.
pub async fn load(
    to: SocketAddr,
    connections: usize,
    mut mails: Vec<Mail>,
) -> Vec<(Mail, Option<String>)> {
    mails.reverse();
    let queue = Arc::new(Mutex::new(mails));
    let begin = Arc::new(Barrier::new(connections));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (queue, begin) = (queue.clone(), begin.clone());
        tasks.spawn(async move {
            let client = Client::dial(to).await;
            begin.wait().await;
            match client {
                Ok(client) => work(client, &queue).await,
                Err(_) => Vec::new(),
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn work(mut client: Client, queue: &Mutex<Vec<Mail>>) -> Vec<(Mail, Option<String>)> {
    let mut told = Vec::new();
    if client.reply().await.is_err() || client.send(b"EHLO client.example\r\n").await.is_err() {
        return told;
    }
    if client.reply().await.is_err() {
        return told;
    }
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    while let Some(mail) = next() {
        let reply = client.mail(&mail).await.ok();
        let broken = reply.is_none();
        told.push((mail, reply));
        if broken {
            break;
        }
    }
    told
}

/// Brings things into an order that another seed makes another.
pub struct Shuffle(u64);

impl Shuffle {
    /// A different order in every run; the seed is printed, for doing it again.
    pub fn new() -> Shuffle {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).expect("the system has random numbers");
        let seed = match std::env::var("SEED") {
            Ok(text) => text.parse().expect("SEED is a number"),
            Err(_) => u64::from_le_bytes(seed),
        };
        println!("SEED={seed}");
        Shuffle(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}
