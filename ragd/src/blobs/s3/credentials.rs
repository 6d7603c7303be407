//! Keys of an object store. They are read for each request, so that new ones count at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;

use super::http::Fault;
use crate::blobs::RemoteError;

/// Where the keys are.
#[derive(Debug)]
pub(super) enum Keys {
    Files { access: PathBuf, secret: PathBuf },
    Variables,
}

#[async_trait]
impl CredentialProvider for Keys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        self.read()
            .map(Arc::new)
            .map_err(|error| Fault::from(error).into())
    }
}

impl Keys {
    /// Looks whether they are there.
    pub(super) fn check(&self) -> Result<(), Arc<RemoteError>> {
        self.read().map(drop).map_err(Arc::new)
    }

    fn read(&self) -> Result<AwsCredential, RemoteError> {
        self.find(|name| std::env::var(name).ok())
    }

    fn find(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<AwsCredential, RemoteError> {
        let variable = |name| variable(name).map(|value| value.trim().to_owned());
        let variable = |name| variable(name).filter(|value: &String| !value.is_empty());
        let found = match self {
            Self::Files { access, secret } => AwsCredential {
                key_id: read(access)?,
                secret_key: read(secret)?,
                token: None,
            },
            Self::Variables => AwsCredential {
                key_id: variable("AWS_ACCESS_KEY_ID").ok_or(RemoteError::NoKeys)?,
                secret_key: variable("AWS_SECRET_ACCESS_KEY").ok_or(RemoteError::NoKeys)?,
                token: variable("AWS_SESSION_TOKEN"),
            },
        };
        // They go into headers: a file of another kind is told here and not by a panic there.
        let is_key = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = is_key(&found.key_id)
            && is_key(&found.secret_key)
            && found.token.as_deref().is_none_or(is_key);
        fits.then_some(found).ok_or(RemoteError::SenselessKeys)
    }
}

fn read(path: &Path) -> Result<String, RemoteError> {
    let text = fs::read_to_string(path).map_err(|source| RemoteError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(keys: &Keys, variables: &[(&str, &str)]) -> Result<[String; 3], String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let found = keys.find(variable).map_err(|error| error.to_string())?;
        let token = found.token.unwrap_or_default();
        Ok([found.key_id, found.secret_key, token])
    }

    #[test]
    fn keys_come_from_files_or_variables() {
        let dir = tempfile::tempdir().unwrap();
        let (access, secret) = (dir.path().join("access"), dir.path().join("secret"));
        let files = Keys::Files {
            access: access.clone(),
            secret: secret.clone(),
        };
        let error = found(&files, &[]).unwrap_err();
        assert_eq!(error, format!("cannot read {}", access.display()));
        fs::write(&access, "AKIA\n").unwrap();
        fs::write(&secret, " s3cret/\n").unwrap();
        let keys = ["AKIA", "s3cret/", ""].map(str::to_owned);
        assert_eq!(found(&files, &[]), Ok(keys));
        fs::write(&secret, "two\nlines").unwrap();
        assert_eq!(
            found(&files, &[]),
            Err("its keys are no keys".to_owned()),
            "and are not shown"
        );

        let variables = [
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_SESSION_TOKEN", "c"),
        ];
        let keys = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(found(&Keys::Variables, &variables), Ok(keys));
        let error = found(&Keys::Variables, &variables[..1]);
        assert_eq!(error, Err("there are no keys for it".to_owned()));
    }
}
