//! The columns of a form: their headers in both languages, and what each is for.

use crate::sheets::{ColumnKind, FormColumn};
use crate::store::{FORM_KEY_HEADER, Field, Lang, LegacyStore, PoiId, Sid, Wish, Words};
use crate::words;

/// A column that says who the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    PoiId,
    Key,
    Sid,
    BusinessName,
    BranchName,
    Province,
    City,
    District,
    Address,
    Reason,
}

impl About {
    /// In the order in which they stand. The key is between columns that people see, so that whoever copies those copies it
    /// along.
    pub(super) const ALL: [Self; 10] = [
        Self::PoiId,
        Self::Key,
        Self::Sid,
        Self::BusinessName,
        Self::BranchName,
        Self::Province,
        Self::City,
        Self::District,
        Self::Address,
        Self::Reason,
    ];

    /// The columns that stay in sight: ids, key and name.
    pub(super) const FROZEN: u16 = 4;

    pub(super) fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::PoiId => lang.pick("poi_id", "门店ID"),
            Self::Key => FORM_KEY_HEADER,
            Self::Sid => lang.pick("sid", "商户门店编号"),
            Self::BusinessName => lang.pick("business_name", "门店名称"),
            Self::BranchName => lang.pick("branch_name", "分店名"),
            Self::Province => lang.pick("province", "省份"),
            Self::City => lang.pick("city", "城市"),
            Self::District => lang.pick("district", "区县"),
            Self::Address => lang.pick("address", "详细地址"),
            Self::Reason => lang.pick("reason", "原因"),
        }
    }

    pub(super) fn help(self) -> Words {
        match self {
            Self::PoiId => {
                words!("The store's id in the old store management. Locked: it names the store."; "旧门店管理中的门店 ID，用于识别门店，已锁定。")
            }
            Self::Key => {
                words!("Hidden. Ties the row to its store, and remembers what stood in its cells; moves with the row."; "隐藏列：标识该行对应的门店并记录原有内容，请随整行移动。")
            }
            Self::Sid => words!("Your own number of the store. Locked."; "商户自己的门店编号，已锁定。"),
            Self::BusinessName | Self::BranchName | Self::Province | Self::City | Self::District | Self::Address => {
                words!("As the old store management has it; to recognise the store by. Locked."; "旧门店管理中的内容，便于辨认门店，已锁定。")
            }
            Self::Reason => {
                words!("Why the store is in this workbook: what is missing or wrong, or what the platform said. Locked."; "该门店列入本表的原因：缺少或有误的资料，或平台的说明。已锁定。")
            }
        }
    }

    /// The text of the old record, for a column that shows one.
    pub(super) fn of(self, store: &LegacyStore) -> &str {
        match self {
            Self::PoiId => store.poi_id.as_ref().map_or("", PoiId::as_str),
            Self::Sid => store.sid.as_ref().map_or("", Sid::as_str),
            Self::BusinessName => &store.business_name,
            Self::BranchName => &store.branch_name,
            Self::Province => &store.province,
            Self::City => &store.city,
            Self::District => &store.district,
            Self::Address => &store.address,
            Self::Key | Self::Reason => "",
        }
    }

    fn column(self, lang: Lang) -> FormColumn {
        let (kind, width) = match self {
            Self::PoiId => (ColumnKind::Locked, 14),
            Self::Key => (ColumnKind::Hidden, 14),
            Self::Sid => (ColumnKind::Locked, 12),
            Self::BusinessName => (ColumnKind::Locked, 18),
            Self::BranchName => (ColumnKind::Locked, 14),
            Self::Province | Self::City | Self::District => (ColumnKind::Locked, 10),
            Self::Address => (ColumnKind::Locked, 24),
            Self::Reason => (ColumnKind::Locked, 44),
        };
        FormColumn { title: self.title(lang).to_owned(), note: self.help().get(lang).to_owned(), kind, width }
    }
}

/// What can be filled in, in the order in which it stands.
pub(super) const FIELDS: [Field; 9] = [
    Field::Action,
    Field::Credential,
    Field::ContractPhone,
    Field::Hour,
    Field::MapPoiId,
    Field::PicList,
    Field::CompanyName,
    Field::QualificationList,
    Field::CardId,
];

/// The header of a field's column.
pub(in crate::report) fn title_of(field: Field, lang: Lang) -> &'static str {
    let zh = match field {
        Field::Action => "处理",
        Field::Credential => "经营资质证件号",
        Field::ContractPhone => "新联系电话",
        Field::Hour => "新营业时间",
        Field::MapPoiId => "位置点ID",
        Field::PicList => "新图片",
        Field::CompanyName => "主体名称",
        Field::QualificationList => "证明材料",
        Field::CardId => "卡券ID",
    };
    lang.pick(field.key(), zh)
}

/// What is to be filled in, and an example.
pub(super) fn help_of(field: Field) -> (Words, &'static str) {
    match field {
        Field::Action => (
            words!(
                "What shall become of the store. Empty: as the platform's status says. upgrade: move it; delete: remove it from the old store management (needs --allow-delete as well); hold: send nothing; resubmit: send the same data once more.";
                "希望如何处理该门店。留空：按平台状态处理；升级：迁移；删除：从旧门店管理中删除（另需 --allow-delete）；暂缓：不提交；原样重提：资料不变再提交一次。"
            ),
            "",
        ),
        Field::Credential => (
            words!(
                "Required. The number of the store's business licence (unified social credit code, 18 characters), one of its own for each store.";
                "必填。门店营业执照上的统一社会信用代码（18 位）等经营资质证件号，每家门店各不相同。"
            ),
            "91330106MA27E1234X",
        ),
        Field::ContractPhone => (
            words!(
                "Required. One telephone number: digits, with area code or extension set off by a hyphen.";
                "必填。一个电话号码，区号、分机用连字符分隔。"
            ),
            "0571-88881234",
        ),
        Field::Hour => (
            words!("Required. Opening hours, one span of 24-hour times."; "必填。营业时间，一段 24 小时制时间。"),
            "09:00-21:00",
        ),
        Field::MapPoiId => (
            words!(
                "Required. The store's point on Tencent's map: sosomap_poi_uid from search_map_poi, all its digits, as text.";
                "必填。门店在腾讯地图上的位置点：search_map_poi 返回的 sosomap_poi_uid，须为完整数字的文本。"
            ),
            "2880741500279549033",
        ),
        Field::PicList => (
            words!(
                "Required. URLs of the store's pictures as uploadimg returns them, each on a line of its own within the cell (Alt+Enter).";
                "必填。uploadimg 返回的门店图片地址，多张时在同一单元格内换行（Alt+Enter）。"
            ),
            "http://mmbiz.qpic.cn/mmbiz_jpg/…/0",
        ),
        Field::CompanyName => (
            words!(
                "Only where the store belongs to another company than the account. Together with qualification_list.";
                "仅当门店主体与公众号主体不同时填写，须与“证明材料”同时填写。"
            ),
            "",
        ),
        Field::QualificationList => (
            words!(
                "Papers that prove it: 1 to 5 media ids joined by |. Together with company_name.";
                "相关证明材料：1 到 5 个 mediaid，用 | 连接，须与“主体名称”同时填写。"
            ),
            "mediaid1|mediaid2",
        ),
        Field::CardId => (words!("Optional. The card shown in the store."; "选填。在门店展示的卡券 ID。"), ""),
    }
}

/// The words of the column `action`, as they are chosen.
pub(super) fn wishes(lang: Lang) -> Vec<String> {
    Wish::ALL.iter().map(|wish| wish.word().get(lang).to_owned()).collect()
}

fn column_of(field: Field, lang: Lang) -> FormColumn {
    let (help, example) = help_of(field);
    let mut note = help.get(lang).to_owned();
    if !example.is_empty() {
        note = format!("{note}\n{}{example}", lang.pick("e.g. ", "例："));
    }
    let (kind, width) = match field {
        Field::Action => (ColumnKind::Choice(wishes(lang)), 12),
        Field::Hour => (ColumnKind::Open, 16),
        Field::ContractPhone | Field::CardId => (ColumnKind::Open, 18),
        Field::Credential | Field::MapPoiId | Field::CompanyName | Field::QualificationList => (ColumnKind::Open, 22),
        Field::PicList => (ColumnKind::Open, 36),
    };
    FormColumn { title: title_of(field, lang).to_owned(), note, kind, width }
}

fn kept_column(header: &str, lang: Lang) -> FormColumn {
    let note = words!(
        "A column of your own, carried along ([columns] keep); changes in it are not taken over.";
        "您自己的列（[columns] keep），仅随表携带，修改不会被录入。"
    );
    FormColumn { title: header.to_owned(), note: note.get(lang).to_owned(), kind: ColumnKind::Locked, width: 14 }
}

/// All columns of a form.
pub(super) fn columns(keep: &[String], lang: Lang) -> Vec<FormColumn> {
    let about = About::ALL.into_iter().map(|about| about.column(lang));
    let fields = FIELDS.into_iter().map(|field| column_of(field, lang));
    about.chain(fields).chain(keep.iter().map(|header| kept_column(header, lang))).collect()
}
