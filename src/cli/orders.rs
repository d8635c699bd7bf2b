//! `poilift store update`, `store delete` and `card set`: one store or a spreadsheet of them, through the main job's engine,
//! ledger and report.

use std::path::PathBuf;

use super::args_orders::{Add, Delete, Ordering, SetCard, Update};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::read_supplements;
use super::migrate::real_platform;
use super::session::Session;
use super::settings::Settings;
use super::store::poi_ids;
use crate::intake::{Form, SupplementFile};
use crate::pipeline::{PipelineError, Work, order_on_the_command_line};
use crate::store::{BulkJob, Field, SupplementRow};

/// `poilift store add`.
pub fn add(context: &Context<'_>, args: &Add) -> Result<Exit, Failure> {
    let values = [
        (Field::MapPoiId, args.map_poi_id.clone()),
        (Field::PicList, Some(args.picture.join("\n"))),
        (Field::ContractPhone, args.phone.clone()),
        (Field::Hour, args.hour.clone()),
        (Field::Credential, args.credential.clone()),
        (Field::CompanyName, args.company_name.clone()),
        (Field::QualificationList, Some(args.qualification.join("|"))),
        (Field::CardId, args.card.clone()),
    ];
    let values: Vec<(Field, String)> = values.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    let typed = args.map_poi_id.iter().map(|_| order_on_the_command_line(None, &values)).collect();
    run(context, (BulkJob::Create, "store add"), &args.ordering, typed, (false, args.images.clone()))
}

/// `poilift store update`.
pub fn update(context: &Context<'_>, args: &Update) -> Result<Exit, Failure> {
    let values = [
        (Field::Hour, args.hour.clone()),
        (Field::ContractPhone, args.phone.clone()),
        (Field::PicList, Some(args.picture.join("\n"))),
        (Field::CardId, args.card.clone()),
    ];
    let values: Vec<(Field, String)> = values.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    let typed = typed(&args.poi_id, &values)?;
    let pictures = (args.replace_photos, args.images.clone());
    run(context, (BulkJob::Update, "store update"), &args.ordering, typed, pictures)
}

/// `poilift store delete`.
pub fn delete(context: &Context<'_>, args: &Delete) -> Result<Exit, Failure> {
    let typed = typed(&args.poi_id, &[])?;
    run(context, (BulkJob::Remove, "store delete"), &args.ordering, typed, (false, None))
}

/// `poilift card set`.
pub fn set_card(context: &Context<'_>, args: &SetCard) -> Result<Exit, Failure> {
    let values: Vec<(Field, String)> = args.card_id.iter().map(|id| (Field::CardId, id.clone())).collect();
    let typed = typed(&args.poi_id, &values)?;
    run(context, (BulkJob::SetCard, "card set"), &args.ordering, typed, (false, None))
}

fn run(
    context: &Context<'_>,
    (job, command): (BulkJob, &'static str),
    ordering: &Ordering,
    typed: Vec<SupplementRow>,
    (replace_photos, images): (bool, Option<PathBuf>),
) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let (sending, online) = (ordering.sending(), &ordering.online);
    let mut orders = settings.orders(&sending, online)?;
    (orders.job, orders.replace_photos, orders.images) = (job, replace_photos, images);
    let mut files = read_supplements(&settings, &ordering.from)?;
    if !typed.is_empty() {
        files.push(file_of(typed));
    }
    let platform = real_platform(&settings, online, false)?;
    let identity = settings.identity(online, true);
    let ledger = settings.ledger(online.sandbox.is_some());
    let work = Box::new(move |work: &mut Work<'_>, platform: Option<&_>| {
        work.carry_out_orders(&files, platform.ok_or(PipelineError::NotConnected)?)
    });
    let session = Session::new(context, command, orders, online).sending(&sending);
    session.run(&ledger, &identity, platform, Vec::new(), work)
}

/// What was typed for single stores, a row each.
fn typed<'i>(
    ids: impl IntoIterator<Item = &'i String>,
    values: &[(Field, String)],
) -> Result<Vec<SupplementRow>, Failure> {
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    Ok(poi_ids(&ids)?.iter().map(|id| order_on_the_command_line(Some(id), values)).collect())
}

fn file_of(rows: Vec<SupplementRow>) -> SupplementFile {
    let (file, sha256) = ("command line".to_owned(), String::new());
    let (untouched, unknown_columns, findings) = (Vec::new(), Vec::new(), Vec::new());
    SupplementFile { file, sha256, form: Form::Csv, rows, untouched, unknown_columns, findings }
}
