//! Fetching: what is wanted is looked up at the host, and comes into the repository of ours.

use std::fs;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::address::Scheme;
use super::error::GitError;
use super::reference::is_name;
use super::repository::Repository;
use super::ways::Ways;
use super::{ADDRESS, Fetched, Git, ObjectId, Reference, Wanted, ssh};
use crate::ids;

/// A branch or tag as the host says.
struct Found {
    full: String,
    name: String,
    id: ObjectId,
}

impl Git {
    /// Makes the wanted commit be in a repository here.
    pub async fn fetch(
        &self,
        wanted: &Wanted,
        cancel: &CancellationToken,
    ) -> Result<Fetched, GitError> {
        self.check(&wanted.address, wanted.own)?;
        let fetches = match wanted.own {
            true => &self.own_fetches,
            false => &self.other_fetches,
        };
        let _turn = tokio::select! {
            turn = fetches.acquire() => turn.map_err(|_| GitError::Stopped)?,
            () = cancel.cancelled() => return Err(GitError::Stopped),
        };
        let repository = self.repository(&wanted.address, wanted.own);
        let (commit, name) = repository.fetch(wanted, cancel).await?;
        Ok(Fetched {
            repository,
            commit,
            name,
        })
    }
}

impl Repository {
    /// Makes the wanted commit be here.
    async fn fetch(
        &self,
        wanted: &Wanted,
        cancel: &CancellationToken,
    ) -> Result<(ObjectId, Option<String>), GitError> {
        let _alone = tokio::select! {
            alone = self.lock.write() => alone,
            () = cancel.cancelled() => return Err(GitError::Stopped),
        };
        let is_new = self.prepare(cancel).await?;
        let fetched = self.fetch_into(wanted, cancel).await;
        match fetched {
            // What is here may be damaged, by a power cut or a full disk.
            Err(GitError::Failed { said }) if !is_new => {
                tracing::warn!(
                    said,
                    "A repository cannot be fetched into and is fetched anew."
                );
                fs::remove_dir_all(&self.folder).map_err(GitError::Folder)?;
                self.prepare(cancel).await?;
                self.fetch_into(wanted, cancel).await
            }
            Err(error) => {
                // What came of it is of no use, and may be large.
                match is_new {
                    true => drop(fs::remove_dir_all(&self.folder)),
                    false => unlock(&self.folder, 0),
                }
                Err(error)
            }
            fetched => fetched,
        }
    }

    /// Makes the folder be a repository. `true`: it was none.
    async fn prepare(&self, cancel: &CancellationToken) -> Result<bool, GitError> {
        self.git.make_folder().map_err(GitError::Folder)?;
        let is_new = !self.folder.join(ADDRESS).exists();
        if is_new {
            let _ = fs::remove_dir_all(&self.folder);
            fs::create_dir(&self.folder).map_err(GitError::Folder)?;
            let arguments = ["init", "--quiet", "--bare", "--template="];
            let answer = self.run(&arguments, None, true, cancel).await?;
            if !answer.is_fine {
                let said = answer.complaint;
                return Err(self.talk("", false).understand(&said));
            }
        }
        // Also says when it was used last.
        fs::write(self.folder.join(ADDRESS), self.address.to_string()).map_err(GitError::Folder)?;
        unlock(&self.folder, 0);
        Ok(is_new)
    }

    async fn fetch_into(
        &self,
        wanted: &Wanted,
        cancel: &CancellationToken,
    ) -> Result<(ObjectId, Option<String>), GitError> {
        let own_name = own_name(&wanted.reference);
        let here = self.here(&own_name, cancel).await?;
        let is_deep_enough = wanted.depth > 0 || !self.is_shallow();
        if let (Reference::Commit(_), Some((_, commit)), true) =
            (&wanted.reference, &here, is_deep_enough)
        {
            // What a hash names never changes.
            return Ok((commit.clone(), None));
        }
        let mut ways = self.ways(wanted.own).await?;
        let (remote, name) = match &wanted.reference {
            Reference::Commit(id) => (id.to_string(), None),
            Reference::Head | Reference::Name(_) => {
                let found = self.look(&wanted.reference, &mut ways, cancel).await?;
                if let (Some((id, commit)), true) = (&here, is_deep_enough)
                    && *id == found.id
                {
                    return Ok((commit.clone(), Some(found.name)));
                }
                (found.full, Some(found.name))
            }
        };
        let mut arguments = vec![
            "fetch".to_owned(),
            "--quiet".to_owned(),
            "--force".to_owned(),
            "--no-tags".to_owned(),
            "--no-recurse-submodules".to_owned(),
            "--no-write-fetch-head".to_owned(),
            "--no-auto-maintenance".to_owned(),
        ];
        match wanted.depth {
            0 if self.is_shallow() => arguments.push("--unshallow".to_owned()),
            0 => arguments.push("--update-shallow".to_owned()),
            depth => arguments.push(format!("--depth={depth}")),
        }
        let into = format!("+{remote}:{own_name}");
        arguments.extend(["--".to_owned(), self.address.to_string(), into]);
        let shown = wanted.reference.to_string();
        self.ask(&arguments, &shown, &mut ways, true, cancel)
            .await?;
        match self.here(&own_name, cancel).await? {
            Some((_, commit)) => Ok((commit, name)),
            None => Err(GitError::NoCommit {
                address: self.address.to_string(),
                reference: shown,
            }),
        }
    }

    /// Asks the host what a branch or tag is right now.
    async fn look(
        &self,
        reference: &Reference,
        ways: &mut Ways,
        cancel: &CancellationToken,
    ) -> Result<Found, GitError> {
        let shown = reference.to_string();
        // In the order in which git itself takes a name.
        let names = match reference {
            Reference::Name(name) if name.starts_with("refs/") => vec![name.clone()],
            Reference::Name(name) => {
                vec![format!("refs/tags/{name}"), format!("refs/heads/{name}")]
            }
            Reference::Head | Reference::Commit(_) => vec!["HEAD".to_owned()],
        };
        let mut arguments = vec!["ls-remote".to_owned(), "--symref".to_owned()];
        arguments.extend(["--".to_owned(), self.address.to_string()]);
        arguments.extend(names.iter().cloned());
        let output = self.ask(&arguments, &shown, ways, false, cancel).await?;
        let output = String::from_utf8_lossy(&output);
        let found = names.iter().find_map(|name| {
            let mut lines = output.lines().filter_map(|line| line.split_once('\t'));
            let id = lines
                .find(|(id, of)| of == name && !id.starts_with("ref:"))?
                .0;
            Some((name, ObjectId::parse(id)?))
        });
        let address = self.address.to_string();
        let Some((full, id)) = found else {
            return Err(match reference {
                Reference::Head => GitError::Empty { address },
                Reference::Name(_) | Reference::Commit(_) => GitError::NoReference {
                    address,
                    reference: shown,
                },
            });
        };
        // What HEAD stands for, if the host says so.
        let mut lines = output.lines();
        let leads_to = lines.find_map(|line| line.strip_prefix("ref: ")?.strip_suffix("\tHEAD"));
        let leads_to = leads_to.filter(|name| is_name(name) && full == "HEAD");
        let name = leads_to.unwrap_or(full);
        let name = ["refs/heads/", "refs/tags/"]
            .iter()
            .find_map(|kind| name.strip_prefix(kind))
            .unwrap_or(name);
        Ok(Found {
            full: full.clone(),
            name: name.to_owned(),
            id,
        })
    }

    /// Runs git in each way until one is let in; that one is the only one from then on.
    async fn ask(
        &self,
        arguments: &[String],
        reference: &str,
        ways: &mut Ways,
        writes: bool,
        cancel: &CancellationToken,
    ) -> Result<Vec<u8>, GitError> {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut tried = Vec::new();
        let of_ssh = self.address.scheme() == Scheme::Ssh;
        while let Some((name, way)) = ways.ways.first() {
            let answer = self.run(&arguments, Some(way), writes, cancel).await?;
            if answer.is_fine {
                ways.ways.truncate(1);
                return Ok(answer.output);
            }
            let refusal = ssh::refusal(&answer.complaint).filter(|_| of_ssh);
            let Some(refusal) = refusal else {
                let talk = self.talk(reference, way.token.is_some());
                return Err(match (talk.understand(&answer.complaint), &ways.lacking) {
                    (GitError::NoToken { host, .. }, Some(reason)) => GitError::TokenAway {
                        host,
                        reason: reason.clone(),
                    },
                    (error, _) => error,
                });
            };
            tried.push(format!("{name}: {refusal}"));
            ways.ways.remove(0);
        }
        let host = self.address.host();
        Err(match tried.is_empty() {
            true => GitError::NoKey {
                host,
                tried: "there is no agent, and no file in the folder of keys is one".to_owned(),
            },
            false => GitError::KeyRefused {
                host,
                tried: tried.join(", "),
            },
        })
    }
}

/// Returns by what name we keep what a reference stood for.
fn own_name(reference: &Reference) -> String {
    let ids::ContentHash(hash) = ids::content_hash(reference.to_string().as_bytes());
    let digits = hash[..16].iter().map(|byte| format!("{byte:02x}"));
    format!("refs/ragd/{}", digits.collect::<String>())
}

/// Removes what a git left behind that was killed. Nobody else is here.
fn unlock(folder: &Path, depth: usize) {
    /// `refs/ragd` and `objects/pack` are not deeper.
    const DEPTH: usize = 2;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth < DEPTH {
                unlock(&path, depth + 1);
            }
        } else if name.ends_with(".lock") || name.starts_with("tmp_") {
            let _ = fs::remove_file(path);
        }
    }
}
