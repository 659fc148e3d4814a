//! Artifacts in parts (`mlflow-artifacts/mpu`), and addresses that clients are handed to send and
//! fetch bytes without their token (`presigned`). The addresses are our own.

use std::collections::BTreeMap;

use base::{Error, ModelId, Result, RunId, UploadId};
use blob::Blob;
use db::Tx;
use lab::{
    artifact::{
        Path, signed,
        upload::{self, MOST_PARTS},
    },
    model, run,
};
use people::{Actor, door::Address};
use serde::Serialize;
use ship::evidence;

use super::{
    answer::{Answer, Done, json},
    ask::{Ask, LARGE, Shared},
    fields::{Fields, refused},
    refusal::Refusal,
};

/// How long the address of a download opens it: chunks that fail are asked for with a new one.
const DOWNLOAD_SECONDS: i64 = 3_600;
const USUAL_UPLOAD_SECONDS: i64 = 900;
const USUAL_DOWNLOAD_SECONDS: i64 = 300;

#[derive(Serialize)]
pub struct Started {
    upload_id: String,
    credentials: Vec<Credential>,
}

#[derive(Serialize)]
struct Credential {
    url: String,
    part_number: u32,
    headers: BTreeMap<String, String>,
}

pub async fn create(Address(base): Address, mut ask: Ask) -> Answer<Started> {
    let path = target(&mut ask)?;
    let parts = ask.fields.int("num_parts")?.unwrap_or_default();
    let parts = u32::try_from(parts).ok().filter(|parts| (1..=MOST_PARTS).contains(parts)).ok_or_else(in_one_piece)?;
    let Ask { db, caller, space, .. } = ask;
    let actor = space.walk_in(&db, &caller).await?;
    let (upload, addresses) = upload::start(&db, &actor, &path, parts, evidence::check_files).await?;
    let credential = |(part_number, below): (u32, String)| Credential {
        url: format!("{base}{below}"),
        part_number,
        headers: BTreeMap::new(),
    };
    let credentials = (1..).zip(addresses).map(credential).collect();
    Ok(json(Started { upload_id: upload.id.0, credentials }))
}

/// The words by which clients know that they should send the file whole.
fn in_one_piece() -> Error {
    refused(format!(
        "Multipart upload is not supported for the current artifact repository with so many parts. Send 1 to \
         {MOST_PARTS}, or the file whole."
    ))
}

/// The folder stands in the address, the file's name at the end of the client's own path, which may
/// be one of another system.
fn target<const MOST: usize>(ask: &mut Ask<MOST>) -> Result<Path> {
    let folder = ask.path.take("path").unwrap_or_default();
    let local = ask.fields.need_text("path")?;
    let name = local.rsplit(['/', '\\']).next().unwrap_or_default();
    Path::parse(&format!("{folder}/{name}"))
}

pub async fn complete(Shared(blob): Shared<Blob>, mut ask: Ask<LARGE>) -> Result<Done, Refusal> {
    let path = target(&mut ask)?;
    let id = UploadId(ask.fields.need_text("upload_id")?);
    let digests = digests(&mut ask.fields)?;
    let Ask { db, caller, space, .. } = ask;
    let actor = space.walk_in(&db, &caller).await?;
    upload::complete(&db, &blob, &actor, &path, &id, digests, evidence::check_files).await?;
    Ok(Done)
}

/// The tags that came with the parts, from the first part on: their digests.
fn digests(fields: &mut Fields) -> Result<Vec<String>> {
    let mut parts = BTreeMap::new();
    for mut part in fields.objects_up_to("parts", MOST_PARTS as usize)? {
        let number = part.need_int("part_number")?;
        let etag = part.need_text("etag")?;
        if parts.insert(number, etag.trim_matches('"').to_owned()).is_some() {
            return Err(refused(format!("The part {number} is named twice.")));
        }
    }
    if parts.is_empty() {
        return Err(fields.missing("parts"));
    }
    if let Some((place, _)) = (1..).zip(parts.keys()).find(|(place, number)| place != *number) {
        return Err(refused(format!("The part {place} is not named. Parts are numbered from 1, without gaps.")));
    }
    Ok(parts.into_values().collect())
}

pub async fn abort(Shared(blob): Shared<Blob>, mut ask: Ask) -> Result<Done, Refusal> {
    let path = target(&mut ask)?;
    let id = UploadId(ask.fields.need_text("upload_id")?);
    let Ask { db, caller, space, .. } = ask;
    let actor = space.walk_in(&db, &caller).await?;
    upload::abort(&db, &blob, &actor, &path, &id).await?;
    Ok(Done)
}

#[derive(Serialize)]
pub struct Download {
    url: String,
    headers: BTreeMap<String, String>,
    file_size: i64,
}

pub async fn download_path(Address(base): Address, mut ask: Ask) -> Answer<Download> {
    let path = Path::parse(&ask.path.take("path").unwrap_or_default())?;
    let Ask { db, caller, space, .. } = ask;
    let actor = space.walk_in(&db, &caller).await?;
    let (below, file) = signed::to_get(&db, &actor, &path, DOWNLOAD_SECONDS).await?;
    Ok(json(Download { url: format!("{base}{below}"), headers: BTreeMap::new(), file_size: file.size }))
}

#[derive(Serialize)]
pub struct Presigned {
    presigned_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<i64>,
}

/// A file of a run or of a logged model.
#[derive(Clone)]
enum Whose {
    Run(RunId),
    Model(ModelId),
}

impl Whose {
    fn file(&self, tx: &mut Tx, actor: &Actor, name: &str) -> Result<Path> {
        let root = match self {
            Self::Run(id) => Path::of_run(&run::get(tx, actor, id)?),
            Self::Model(id) => {
                let model = model::get(tx, actor, id, false)?;
                Path::of_model(model.experiment, &model.id)
            }
        };
        root.join(name)
    }
}

/// For clients that send the file themselves, to an address that they are handed.
pub async fn upload_url(Address(base): Address, ask: Ask) -> Answer<Presigned> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let filled = |text: &String| !text.is_empty();
    let run = fields.text("run_id")?.filter(filled).map(|id| Whose::Run(RunId(id)));
    let model = fields.text("model_id")?.filter(filled).map(|id| Whose::Model(ModelId(id)));
    let whose = match (run, model) {
        (Some(whose), None) | (None, Some(whose)) => whose,
        _ => return Err(refused("Name one of run_id and model_id, and only one.".to_owned()).into()),
    };
    let name = fields.need_text("path")?;
    let seconds = fields.int("expiration")?.unwrap_or(USUAL_UPLOAD_SECONDS);
    let actor = space.walk_in(&db, &caller).await?;
    let by = actor.clone();
    let path = db.read(move |tx| whose.file(tx, &by, &name)).await?;
    let below = signed::to_put(&db, &actor, &path, seconds).await?;
    Ok(json(Presigned { presigned_url: format!("{base}{below}"), file_size: None }))
}

pub async fn download_url(Address(base): Address, ask: Ask) -> Answer<Presigned> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let whose = Whose::Run(RunId(fields.need_text("run_id")?));
    let name = fields.need_text("path")?;
    let seconds = fields.int("expiration")?.unwrap_or(USUAL_DOWNLOAD_SECONDS);
    let actor = space.walk_in(&db, &caller).await?;
    let by = actor.clone();
    let path = db.read(move |tx| whose.file(tx, &by, &name)).await?;
    let (below, file) = signed::to_get(&db, &actor, &path, seconds).await?;
    Ok(json(Presigned { presigned_url: format!("{base}{below}"), file_size: Some(file.size) }))
}
