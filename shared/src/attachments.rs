//! Files that people send to visitors from the console. Their bytes lie in the table in parts, for a day: an item has
//! 400 KB at the most, and an event only ids.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use crate::domain::ask::FileRef;
use crate::domain::id::WorkspaceId;
use crate::store::{DocumentWrite, Expected, Store, StoreError};

/// The largest file, in bytes. Lambda takes a request of 6 MB, and base64 makes a third more of a file.
pub const FILE_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// How much of a file one document holds, in bytes: well under 400 KB in base64.
const PART_BYTES: usize = 255 * 1024;

/// How long the parts are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The partition of a file's parts.
#[must_use]
pub fn partition(workspace: &WorkspaceId, id: &str) -> String {
    format!("FILE#{workspace}#{id}")
}

/// Keeps a file's bytes.
///
/// # Errors
/// The table can't be reached.
pub async fn keep(
    store: &impl Store,
    workspace: &WorkspaceId,
    file: &FileRef,
    bytes: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    for (number, part) in bytes.chunks(PART_BYTES).enumerate() {
        let write = DocumentWrite {
            partition: partition(workspace, &file.id),
            name: format!("{number:04}"),
            expected: Expected::Anything,
            body: STANDARD.encode(part),
            expires_at: Some(now + KEPT),
        };
        store.put_document(&write).await?;
    }
    Ok(())
}

/// A file's bytes; none if they are gone, or not all there.
///
/// # Errors
/// The table can't be reached.
pub async fn read(store: &impl Store, workspace: &WorkspaceId, file: &FileRef) -> Result<Option<Vec<u8>>, StoreError> {
    let mut bytes = Vec::new();
    for part in store.documents(&partition(workspace, &file.id), "").await? {
        match STANDARD.decode(&part.body) {
            Ok(part) => bytes.extend(part),
            Err(_) => return Ok(None),
        }
    }
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length == file.size);
    Ok(whole.then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;

    fn file(size: u64) -> FileRef {
        FileRef { id: "f1".to_owned(), name: "a.pdf".to_owned(), mime: "application/pdf".to_owned(), size }
    }

    #[tokio::test]
    async fn a_file_is_read_as_it_was_kept_and_only_whole() {
        let (store, workspace) = (Memory::default(), WorkspaceId::parse("demo").unwrap());
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        keep(&store, &workspace, &file(600_000), &bytes, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(read(&store, &workspace, &file(600_000)).await.unwrap(), Some(bytes));
        store.delete_document("FILE#demo#f1", "0001").await.unwrap();
        assert_eq!(read(&store, &workspace, &file(600_000)).await.unwrap(), None);
        let another = FileRef { id: "f2".to_owned(), ..file(1) };
        assert_eq!(read(&store, &workspace, &another).await.unwrap(), None);
    }
}
