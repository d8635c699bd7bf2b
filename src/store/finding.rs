//! Findings: what is wrong with a row or worth a look, where, and how to mend it. One table of codes; a code keeps
//! its meaning for ever.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Field, Lang, Place, Province, Words};
use crate::words;

/// Whether a finding keeps a store from being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The store is not sent until it is mended.
    Blocks,
    /// Worth a look; nothing waits for it.
    Warns,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $en_title:literal / $zh_title:literal; $en_remedy:literal / $zh_remedy:literal;)*) => {
        /// The code of a finding: `E…` blocks the rows involved, `W…` warns.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as people cite it: `E104`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in a few words.
            #[must_use]
            pub fn title(self) -> Words {
                match self { $(Self::$name => words!($en_title; $zh_title),)* }
            }

            /// How to mend it.
            #[must_use]
            pub fn remedy(self) -> Words {
                match self { $(Self::$name => words!($en_remedy; $zh_remedy),)* }
            }
        }
    };
}

codes! {
    /// No `poi_id` in the row.
    PoiIdMissing = "E101": "no poi_id" / "缺少 poi_id";
        "fill in the store's poi_id from the old store management" / "请填写旧门店管理中的 poi_id";
    /// A `poi_id` that is not decimal digits.
    PoiIdMalformed = "E102": "poi_id is not a number of at most 20 digits" / "poi_id 不是 20 位以内的数字";
        "copy the poi_id again from getpoilist" / "请从 getpoilist 重新复制 poi_id";
    /// The same `poi_id` in two rows of one source.
    PoiIdDuplicate = "E103": "the same poi_id stands in several rows" / "同一 poi_id 出现在多行";
        "keep one of the rows and remove the others" / "请只保留其中一行";
    /// A number that a spreadsheet program has rounded, or may have.
    RoundedNumber = "E104": "a number of more than 15 digits, which a spreadsheet rounds" / "超过 15 位的数字，表格软件会丢失末尾数字";
        "format the column as text and enter the value again from its source; the digits lost cannot be recovered" / "请把该列设为文本格式，再从原始来源重新录入；已丢失的数字无法恢复";
    /// A cell that a spreadsheet could not compute, or of a kind that means nothing here.
    UnusableCell = "E105": "the cell holds no usable value (an error, a date or a truth value)" / "单元格不是可用的值（错误值、日期或逻辑值）";
        "enter the value as text" / "请以文本重新填写";
    /// A record that is not an object or lacks its `base_info`.
    RecordMalformed = "E106": "the record is not a store as getpoilist answers it" / "该记录不是 getpoilist 返回的门店格式";
        "pull the list again" / "请重新拉取门店列表";
    /// Bytes that are no text in the encoding taken: no replacement character stands in for them.
    UndecodableBytes = "E107": "the cell holds bytes that are no text in the file's encoding" / "单元格中有无法按文件编码解读的字节";
        "save the file as UTF-8 (or as XLSX) and enter the cell again, or name its encoding with --encoding" / "请把文件另存为 UTF-8（或 XLSX）并重新填写该单元格，或用 --encoding 指明编码";
    /// A whole column of ids that a spreadsheet program has rounded: at least three of 16 and more digits, all ending in 0000.
    RoundedColumn = "E108": "all long ids of this column end in 0000, as a spreadsheet leaves them after rounding" / "该列的长编号全部以 0000 结尾，很可能已被表格软件舍入";
        "format the column as text and enter the ids again from their source; the digits lost cannot be recovered" / "请把该列设为文本格式，再从原始来源重新录入编号；已丢失的数字无法恢复";
    /// A form's row whose hidden key was changed, or whose id is not the key's.
    KeyDisagrees = "E109": "the row's hidden key is damaged, or names another store than its id" / "该行的隐藏键已损坏，或与其门店ID不是同一家门店";
        "undo what was done to the row (ids and keys move only together with their whole row), or copy the row again from the workbook that was handed out; a row whose key is emptied goes by its id" / "请撤销对该行的改动（ID 与隐藏键只能随整行移动），或从发出的原表重新复制该行；清空隐藏键后按 ID 识别";
    /// `credential` missing: no old record has it.
    CredentialMissing = "E110": "no credential (number of the business licence)" / "缺少经营资质证件号 credential";
        "add a column credential to a supplement; no old record has it" / "请在补充表中填写 credential，旧门店数据中没有此项";
    /// `credential` of a shape that no licence number has.
    CredentialMalformed = "E111": "credential has the shape of no licence number" / "credential 不是任何一种证件号的格式";
        "give the 18 characters of the unified credit code, the 15 digits of the older registration number, or an organisation code such as 22883878-0" / "请填写 18 位统一社会信用代码、15 位工商注册号，或组织机构代码（如 22883878-0）";
    /// No telephone anywhere.
    PhoneMissing = "E112": "no contract_phone" / "缺少联系电话 contract_phone";
        "add contract_phone to a supplement" / "请在补充表中填写 contract_phone";
    /// A telephone that `add_store` does not take.
    PhoneMalformed = "E113": "contract_phone is not one telephone number" / "contract_phone 不是一个有效的电话号码";
        "give one number of digits, an area code or extension set off by a hyphen: 0571-88881234-8001" / "请只填一个号码，区号和分机用连字符分隔，如 0571-88881234-8001";
    /// No opening hours anywhere.
    HourMissing = "E114": "no hour (opening hours)" / "缺少营业时间 hour";
        "add hour to a supplement, as 09:00-21:00" / "请在补充表中填写 hour，如 09:00-21:00";
    /// Opening hours in a form that is not understood.
    HourMalformed = "E115": "hour is not one span such as 09:00-21:00" / "hour 不是 09:00-21:00 这样的一段时间";
        "give one span of 24-hour times" / "请填写一段 24 小时制时间";
    /// No pictures anywhere.
    PicMissing = "E116": "no pictures (pic_list)" / "缺少门店图片 pic_list";
        "add pic_list to a supplement: picture URLs from uploadimg, separated by line breaks" / "请在补充表中填写 pic_list：uploadimg 返回的图片地址，用换行分隔";
    /// Pictures that are not URLs.
    PicMalformed = "E117": "pic_list holds something that is not a picture's URL" / "pic_list 中有不是图片地址的内容";
        "give URLs beginning with http:// or https://, as uploadimg returns them" / "请填写以 http:// 或 https:// 开头的地址（uploadimg 返回的）";
    /// No map point yet: action `resolve`.
    MapPoiIdMissing = "E118": "no map_poi_id (point on Tencent's map)" / "缺少腾讯地图 map_poi_id";
        "find the point with search_map_poi and put its sosomap_poi_uid into a supplement's map_poi_id" / "请用 search_map_poi 查找，把 sosomap_poi_uid 填入补充表的 map_poi_id";
    /// A map id that is not decimal digits.
    MapPoiIdMalformed = "E119": "map_poi_id is not a number of at most 20 digits" / "map_poi_id 不是 20 位以内的数字";
        "copy sosomap_poi_uid again, as text" / "请以文本方式重新复制 sosomap_poi_uid";
    /// `company_name` and `qualification_list` belong together.
    CompanyIncomplete = "E120": "company_name and qualification_list must be given together" / "company_name 与 qualification_list 必须同时填写";
        "give both, or neither to use the account's own company" / "两项都填，或都不填（复用公众号主体）";
    /// More than five media ids.
    QualificationTooMany = "E121": "qualification_list holds more than 5 media ids" / "qualification_list 超过 5 个 mediaid";
        "give 1 to 5 media ids joined by |" / "请填写 1 到 5 个 mediaid，用 | 连接";
    /// A file on a disk that cannot be uploaded, because it is not there.
    PicLocal = "E122": "names a file on a disk, and the file is not there" / "填的是本地文件，但找不到该文件";
        "put the file where the sheet says it is: names are looked up from the folder of the sheet that names them; or name the photos SID_1.jpg, SID_2.jpg, leave the cell empty and give their folder with --images" / "请把文件放到表中所写的位置（相对路径以该表格所在目录为准）；或将照片命名为 SID_1.jpg、SID_2.jpg，清空单元格，并用 --images 指定目录";
    /// Two spans of opening hours: `add_store` takes one.
    HourTwoSpans = "E123": "hour holds more than one span" / "hour 填写了多个时间段";
        "give one span; the platform takes no second one: 09:00-18:00" / "平台只接受一个时间段，请只保留一段，如 09:00-18:00";
    /// Two telephone numbers: `add_store` takes one.
    PhoneSeveral = "E124": "contract_phone holds more than one telephone number" / "contract_phone 填写了多个电话号码";
        "keep the one number that customers are to call" / "请只保留一个供顾客拨打的号码";
    /// `upgrade_status` is not there.
    StatusAbsent = "E130": "no upgrade_status: it cannot be known what the platform allows" / "没有 upgrade_status，无法判断平台允许的操作";
        "pull the list from the platform, or add the column upgrade_status" / "请从平台重新拉取列表，或补上 upgrade_status 一列";
    /// `upgrade_status` is a value that the API document does not know.
    StatusUnknown = "E131": "an upgrade_status that the API document does not know" / "接口文档中没有的 upgrade_status";
        "ask the platform what it means; such a store is never written to" / "请向平台确认含义；此类门店不会被提交";
    /// Two sources say different things about the same store.
    SourcesDisagree = "E132": "two inputs disagree about the store's upgrade_status, or about a value that would be sent" / "两份输入的 upgrade_status 或将要提交的内容不一致";
        "use the newer one, or pull the list again" / "请使用较新的一份，或重新拉取列表";
    /// `available_state` of the old record is not 3: the old store management has not approved the store, and such a store
    /// does not move.
    NotApproved = "E133": "the store is not approved in the old store management (available_state is not 3): it cannot move" / "门店在旧门店管理中未审核通过（available_state 不是 3），无法迁移";
        "write delete into its action, as such a store must be gone before the upgrade can finish; if it has been approved since, pull the list again" / "此类门店必须删除后升级才能完成：请在“处理”中填写 删除；若之后已审核通过，请重新拉取列表";
    /// A supplement's row whose `sid` several stores carry.
    SupplementJoinsTwo = "E140": "a supplement's row names several stores" / "补充表中的一行对应多家门店";
        "name the store by its poi_id" / "请改用 poi_id 指明门店";
    /// Two cells of files taken together say different things.
    SupplementDisagrees = "E141": "two supplied cells disagree" / "两个补充单元格的内容不一致";
        "make them the same, or empty one of them" / "请改为一致，或清空其中一个";
    /// An action word that is not known.
    ActionUnknown = "E142": "action is none of upgrade, delete, hold, resubmit" / "处理不是 升级、删除、暂缓、原样重提 之一";
        "use one of these words, or leave the cell empty" / "请使用其中之一，或留空";
    /// A person asked to upgrade what the platform forbids to move.
    UpgradeForbidden = "E143": "the supplement asks to upgrade a store that the platform forbids to move (upgrade_status 4)" / "补充表要求升级，但平台禁止迁移该门店（upgrade_status 4）";
        "write delete or hold into its action, or empty the cell to have it deleted with --allow-delete" / "请将“处理”改为 删除 或 暂缓；清空则按禁止迁移处理（需 --allow-delete 才会删除）";
    /// A supplement's row whose `poi_id` and whose `sid` are those of two different stores.
    IdsDisagree = "E144": "a supplement's row names one store by its poi_id and another by its sid" / "补充表中的一行，poi_id 与 sid 指向不同的门店";
        "put the right id into the row, or empty the sid: it goes by its poi_id then; until a later file decides, neither store is sent" / "请改正编号，或清空 sid（此时以 poi_id 为准）；在之后的补充表改正之前，两家门店都不会提交";
    /// Two stores to be sent, or one to be sent and one that is there already, with one point on the map. The platform gives a
    /// point to one store (85038, 85040). Whichever went first would have it, be it the right one or not, and nothing takes
    /// that back: so it blocks all of them.
    MapPoiIdDuplicate = "E150": "several stores have the same map_poi_id; the platform gives a point to one store" / "多家门店使用同一个 map_poi_id，平台上一个位置点只能属于一家门店";
        "leave the point with the store that it belongs to, and find those of the others with search_map_poi" / "请把该位置点留给真正所属的门店，其余门店用 search_map_poi 重新查找";
    /// A row of a text with more fields than its header has columns.
    RowTooWide = "E151": "the row has more fields than the header has columns" / "该行的字段比表头的列多";
        "put the value that holds the delimiter into quotation marks, or save the sheet as XLSX" / "请给含有分隔符的内容加上引号，或另存为 XLSX";
    /// A row of another bulk job's spreadsheet that asks for nothing.
    OrderEmpty = "E160": "the row asks for no change: hour, contract_phone, card_id and (with --replace-photos) pic_list are all empty" / "该行没有要更新的内容：hour、contract_phone、card_id（以及使用 --replace-photos 时的 pic_list）均为空";
        "fill in what is to change, or remove the row" / "请填写要更新的字段，或删除该行";
    /// `card_id` missing where a card is to be set.
    CardMissing = "E161": "no card_id" / "缺少 card_id";
        "fill in the id of a card without custom codes, from the card's page in the console" / "请填写卡券后台中（非自定义 code 的）card_id";
    /// A row of new stores that names a store that is there.
    NewStoreHasId = "E162": "a new store has a poi_id" / "新增门店不应有 poi_id";
        "remove the poi_id, or migrate the store instead" / "请删除 poi_id；旧门店请使用迁移";
    /// Two rows of new stores that go by one name.
    NewStoreTwice = "E163": "several rows of new stores have the same sid, or the same credential" / "多行新增门店的 sid 或 credential 相同";
        "keep one of the rows" / "请只保留其中一行";
    /// A new store whose licence number a store of the platform's has already.
    LicenceInUse = "E164": "a store in the store mini-program has this credential already; the platform refuses another (85041)" / "门店小程序中已有门店使用该 credential，平台会拒绝再次添加（85041）";
        "give the new store its own licence number; if it is the same store, change it with store update" / "请填写新门店自己的证件号；若是同一家门店，请用 store update 修改";
    /// A local file whose content is none of the kinds that are uploaded, whatever its name says.
    FileNotPicture = "E170": "the file is no picture that the platform takes" / "文件不是平台支持的图片";
        "save it as JPG or PNG (as a paper GIF is taken too); a new name alone changes nothing" / "请另存为 JPG 或 PNG（证明材料也可用 GIF）；仅修改扩展名无效";
    /// A local file of more than 10 MB.
    FileTooLarge = "E171": "the file has more than 10 MB" / "文件超过 10 MB";
        "export the picture with fewer pixels, 2,000 on its longer side are plenty; photos of less than 10 MB are made smaller on the way" / "请以较小尺寸重新导出，长边 2000 像素即可；10 MB 以内的照片会自动压缩";
    /// A local file that is empty, cut off or damaged.
    FileBroken = "E172": "the file is empty, cut off or damaged" / "文件为空、不完整或已损坏";
        "open the file to see what is missing of it, and copy it again from where it came from" / "请打开文件查看，并从来源重新复制";
    /// A photo as iPhones save it by default.
    FileHeic = "E173": "the photo is HEIC, whatever its name says; the platform takes JPG and PNG" / "照片为 HEIC 格式（与扩展名无关），平台只支持 JPG 和 PNG";
        "export the photo as JPEG; on the phone: Settings, Camera, Formats, Most Compatible" / "请将照片导出为 JPEG；可在手机“设置—相机—格式”中选择“兼容性最佳”";
    /// A picture that claims more pixels than any camera makes.
    FilePixels = "E174": "the picture has more than 12,000 pixels on a side, or more than 64 million in all" / "图片单边超过 12000 像素，或总像素超过 6400 万";
        "export the picture with fewer pixels, 2,000 on its longer side are plenty" / "请以较小尺寸重新导出，长边 2000 像素即可";
    /// A picture inside the workbook: WPS writes `=DISPIMG(…)` into its cell.
    PictureInCell = "E175": "the picture lies inside the workbook (=DISPIMG), where nothing can be uploaded from" / "图片嵌在工作簿单元格内（=DISPIMG），无法从中上传";
        "save the picture as a file beside the sheet and write the file's name into the cell; or name it SID_1.jpg, empty the cell and give its folder with --images" / "请将图片另存为文件并在单元格中填写文件名；或命名为 SID_1.jpg，清空单元格，并用 --images 指定目录";
    /// A picture of `--images` whose name begins with the `sid` of several stores.
    PictureOfTwo = "E176": "a picture in the --images folder could belong to several stores by its name" / "--images 目录中的图片按文件名可能属于多家门店";
        "write the file's name into pic_list of the store that it belongs to, or give each store a sid of its own" / "请在所属门店的 pic_list 中填写文件名，或让每家门店使用各自的 sid";
    /// A local file that the platform refused.
    FileRefused = "E177": "the platform refused the file" / "平台拒绝了该文件";
        "open the file and save it anew as JPG, then run the same command again; the same file is tried again after 24 hours, or at once by poilift media upload" / "请打开文件并另存为 JPG，再重新运行同一命令；相同文件 24 小时后会再次尝试，也可用 poilift media upload 立即重试";
    /// A supplement's row that names no store.
    SupplementNameless = "W201": "a supplement's row has neither a poi_id nor a sid" / "补充表中的一行既无 poi_id 也无 sid";
        "name the store, or remove the row" / "请指明门店，或删除该行";
    /// A wish that comes too late.
    WishTooLate = "W203": "the supplement's action comes too late: the store is in review or upgraded already" / "补充表中的处理要求已来不及：门店已在审核中或已升级";
        "nothing is sent for it; remove the row's action" / "不会提交任何内容；请删除该行的“处理”";
    /// A supplement's row that joins nothing.
    SupplementJoinsNothing = "W202": "a supplement's row names a store that is in no list" / "补充表中的门店不在任何列表中";
        "check the id; the row is remembered and used once the store appears" / "请核对编号；该行会被记住，门店出现后自动使用";
    /// Two rows of one supplement name the same store; where their cells disagree it is [`Code::SupplementDisagrees`].
    SupplementRepeats = "W204": "two rows of one supplement name the same store" / "同一补充表中有两行对应同一家门店";
        "keep one of the rows" / "请只保留其中一行";
    /// Something that nobody sees was left out of a value.
    ControlRemoved = "W205": "a control or zero-width character was removed from the value" / "已从内容中去除控制字符或零宽字符";
        "nothing, if the value is right without what is marked as [U+…]" / "若去掉标为 [U+…] 的字符后内容正确，无需处理";
    /// A hidden row counts like any other.
    HiddenRow = "W206": "the row is hidden in the workbook, and was read all the same" / "该行在工作簿中被隐藏，但仍已读取";
        "delete the row if it is not meant to count" / "若不应计入，请删除该行";
    /// A merged range shows one value for several rows.
    MergedCell = "W207": "the cell is part of a merged range and takes its value" / "单元格属于合并区域，取该区域的值";
        "unmerge the cells, and give each store its own value where they differ" / "请取消合并；各门店内容不同时请分别填写";
    /// The header stands once more among the rows: sheets were pasted below each other.
    HeaderRepeated = "W208": "the header stands again among the rows, and is no store" / "表头在数据行中重复出现，不作为门店";
        "nothing, if sheets were pasted below each other; check that the columns below it have the same meaning" / "若是多张表粘贴在一起，无需处理；请确认其下各列含义相同";
    /// A file in a folder of inputs that is none.
    FilePassedOver = "W209": "a file in the folder is neither a list of stores nor a table, and was passed over" / "目录中有文件既不是门店列表也不是表格，已跳过";
        "nothing, if it is a note; a list is saved as JSON, CSV or a workbook, under a name that says so" / "若只是说明文件，无需处理；门店列表请保存为 JSON、CSV 或工作簿，并使用相应的扩展名";
    /// A licence number that somebody has mistyped, as its check character says. The API document's own examples have such, so
    /// that it is no more than worth a look.
    CredentialUnchecked = "W210": "credential does not fit its own check character" / "credential 的校验位不符";
        "compare it with the licence; as it stands it may be refused" / "请与营业执照核对；按现状提交可能被驳回";
    /// The licence was registered in another province than the store's.
    CredentialElsewhere = "W211": "the licence is registered in another province than the store's" / "证件登记地与门店不在同一省份";
        "compare it with the licence: a merged cell or one licence for all stores looks like this" / "请与营业执照核对：合并单元格或全部门店共用一个证件号时会这样";
    /// Several stores with one licence. The platform refuses the second one with 85041 (`credential has used`), each time and
    /// before anything is changed: nothing is lost by trying, and whether it counts stores of other accounts or removed ones
    /// too is in no document. One company may well run several stores on one licence. So it warns; `--deny W212` blocks.
    CredentialDuplicate = "W212": "several stores have the same credential; the platform refuses the second (85041)" / "多家门店使用同一 credential，平台会拒绝第二家（85041）";
        "give each store its own licence number; --deny W212 keeps all of them back" / "请为每家门店填写各自的证件号；用 --deny W212 可全部暂不提交";
    /// A span that ends before it begins: past midnight, or the wrong way round.
    HourOvernight = "W213": "hour ends before it begins: it is sent as hours past midnight" / "hour 的结束时间早于开始时间，将按跨夜营业提交";
        "nothing, if the store is open past midnight; else put the times the right way round" / "若确为跨夜营业，无需处理；否则请调换时间";
    /// Coordinates in the sea, in another country, or nowhere.
    OutsideChina = "W214": "the old record's coordinates lie outside China" / "旧门店记录的坐标不在中国境内";
        "mend the store's place in the old store management: a store at an invalid place does not move" / "请在旧门店管理中修正位置：位置无效的门店无法迁移";
    /// Longitude and latitude in each other's place.
    CoordinatesSwapped = "W215": "longitude and latitude stand in each other's place" / "经度与纬度填反了";
        "swap them in the old store management" / "请在旧门店管理中对调经纬度";
    /// Coordinates that lie far from the province that the address names.
    FarFromProvince = "W216": "the old record's coordinates lie far outside the store's province" / "旧门店记录的坐标远离门店所在省份";
        "compare address and coordinates in the old store management" / "请在旧门店管理中核对地址与坐标";
    /// Stores of one account whose coordinates are told in different systems.
    SystemsMixed = "W217": "the coordinates are told in another system than those of other stores (offset_type)" / "坐标系与其他门店不同（offset_type）";
        "use one system for all stores; the old store management takes offset_type 1 only" / "请统一坐标系；旧门店管理只接受 offset_type 1";
    /// Two stores with the same name and address.
    SameStoreTwice = "W218": "another store has the same name and address" / "有另一家门店的名称和地址与此相同";
        "if it is one store with two ids, delete one of them in the old store management" / "若实为同一家门店，请在旧门店管理中删除其中一个";
    /// A telephone number as long as one with its area code, and no zero before it: a spreadsheet program takes it for a number.
    PhoneLostZero = "W219": "contract_phone seems to have lost the 0 of its area code" / "contract_phone 似乎丢失了区号开头的 0";
        "put the 0 back and format the column as text; as it stands nobody reaches the store" / "请补回区号的 0，并把该列设为文本格式；按现状无法打通";
    /// Pictures of `--images` whose names are no store's.
    PicturesUnmatched = "W220": "pictures in the --images folder belong to no store by their names" / "--images 目录中有图片与任何门店都不对应";
        "name them by the store's sid: SID_1.jpg, SID_2.jpg" / "请以门店 sid 命名：SID_1.jpg、SID_2.jpg";
    /// Pictures that float over the cells of a workbook.
    FloatingPictures = "W221": "pictures float over cells of the sheet, and are not read" / "表格中有浮动图片，不会被读取";
        "if they are the stores' photos, save them as files beside the sheet and write their names into pic_list, or give their folder with --images" / "若为门店照片，请另存为文件并在 pic_list 中填写文件名，或用 --images 指定目录";
}

impl Code {
    /// The code as people type it, in capitals or not.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// Whether it blocks: the letter says so.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.as_str().starts_with('E') { Severity::Blocks } else { Severity::Warns }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// Where, if it is about a place rather than about the store as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The field of a submission that it is about: whoever supplies the field has mended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// The value found there, cut to [`VALUE_CHARS_MAX`]; of names of files see [`naming`](Self::naming).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// The other places involved (the other rows of a duplicate, the cell that disagrees).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Place>,
}

/// How many characters of a value a finding shows: enough to recognise it, not a whole pasted document.
pub const VALUE_CHARS_MAX: usize = 80;

/// So many characters of names of files a finding shows: those of a store's pictures, with their folders.
const FILES_CHARS_MAX: usize = 2_000;

/// So many characters of one: no system has longer names, and a name stands behind its folders.
const FILE_CHARS_MAX: usize = 300;

impl Finding {
    /// A finding about the store as a whole.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, place: None, field: None, value: String::new(), others: Vec::new() }
    }

    /// The same, at `place`.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The same, about a field of the submission.
    #[must_use]
    pub fn about(self, field: Field) -> Self {
        Self { field: Some(field), ..self }
    }

    /// The same, showing `value`.
    #[must_use]
    pub fn showing(self, value: &str) -> Self {
        Self { value: value.chars().take(VALUE_CHARS_MAX).collect(), ..self }
    }

    /// The same, showing the names of files, each as a whole: half a name finds no file.
    #[must_use]
    pub fn naming(self, files: &[String]) -> Self {
        let (mut shown, mut left) = (Vec::with_capacity(files.len()), FILES_CHARS_MAX);
        for (n, file) in files.iter().enumerate() {
            let before = file.chars().count().saturating_sub(FILE_CHARS_MAX);
            let begin = if before > 0 { "…" } else { "" };
            let name: String = begin.chars().chain(file.chars().skip(before)).collect();
            let chars = name.chars().count();
            if n > 0 && chars > left {
                shown.push(format!("… +{}", files.len() - n));
                break;
            }
            left = left.saturating_sub(chars);
            shown.push(name);
        }
        Self { value: shown.join(", "), ..self }
    }

    /// The same, naming the other places involved.
    #[must_use]
    pub fn with_others(self, others: Vec<Place>) -> Self {
        Self { others, ..self }
    }

    /// What it is, in a few words; where the value says more than the code, with the value: `licence registered in Guangdong,
    /// store in Hunan`.
    #[must_use]
    pub fn title(&self) -> Words {
        self.sentence().unwrap_or_else(|| self.code.title())
    }

    /// The value in a sentence of its own, for the codes that have one.
    fn sentence(&self) -> Option<Words> {
        if let Some((from, at)) = self.provinces() {
            return Some(Words {
                en: format!("licence registered in {}, store in {}", from.en(), at.en()),
                zh: format!("证件登记地为{}，门店在{}", from.zh(), at.zh()),
            });
        }
        let (count, which) = self.value.split_once(": ")?;
        let n: u64 = count.parse().ok()?;
        let one = n == 1;
        let many = |singular, plural| if one { singular } else { plural };
        Some(match self.code {
            Code::HiddenRow => {
                let rows = many("row is hidden in the workbook, and was", "rows are hidden in the workbook, and were");
                words!("{n} {rows} read all the same: {which}"; "工作簿中有 {n} 行被隐藏，仍已读取：第 {which} 行")
            }
            Code::MergedCell => {
                let ranges = many(
                    "merged range gives its value to each of its",
                    "merged ranges give their value to each of their",
                );
                words!("{n} {ranges} cells: {which}"; "有 {n} 处合并单元格，其中每个单元格都取该区域的值：{which}")
            }
            Code::HeaderRepeated => {
                let rows = many("row repeats the header, and is no store", "rows repeat the header, and are no stores");
                words!("{n} {rows}: {which}"; "有 {n} 行与表头相同，不作为门店：第 {which} 行")
            }
            _ => return None,
        })
    }

    /// The two provinces of [`Code::CredentialElsewhere`], whose value is `广东 → 湖南`.
    fn provinces(&self) -> Option<(Province, Province)> {
        let (registered, store) = self.value.split_once(" → ").filter(|_| self.code == Code::CredentialElsewhere)?;
        Some((Province::named(registered)?, Province::named(store)?))
    }

    /// `E104 a number of … (stores.xlsx, Stores!F412: 2.88E+18; also …)`.
    #[must_use]
    pub fn words(&self) -> Words {
        let title = self.title();
        let (en, zh) = (self.tail(Lang::En), self.tail(Lang::Zh));
        Words { en: format!("{} {}{en}", self.code, title.en), zh: format!("{} {}{zh}", self.code, title.zh) }
    }

    /// The places involved, and the value.
    fn tail(&self, lang: Lang) -> String {
        let said = |place: &Place| place.words().get(lang).to_owned();
        let mut tail = self.place.as_ref().map(said).unwrap_or_default();
        if !self.value.is_empty() && self.sentence().is_none() {
            tail = if tail.is_empty() { self.value.clone() } else { format!("{tail}: {}", self.value) };
        }
        for other in self.others.iter().map(said) {
            tail = if tail.is_empty() { other } else { format!("{tail}; {other}") };
        }
        if tail.is_empty() { tail } else { format!(" ({tail})") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_tells_its_severity_by_its_letter() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            let blocks = code.severity() == Severity::Blocks;
            assert_eq!(blocks, code.as_str().starts_with('E'));
            assert!(!code.title().en.is_empty() && !code.title().zh.is_empty());
            assert!(!code.remedy().en.is_empty() && !code.remedy().zh.is_empty());
        }
    }

    #[test]
    fn a_finding_names_its_cell_and_the_value_in_it() {
        let place = Place { sheet: Some("Stores".into()), ..Place::file("a.xlsx") }.at_row(412).at_column("F");
        let finding = Finding::new(Code::RoundedNumber).at(place).showing("2.88074E+18");
        assert!(finding.words().en.ends_with("(a.xlsx, Stores!F412: 2.88074E+18)"), "{}", finding.words());
        assert!(finding.words().zh.contains("超过 15 位"));
    }

    #[test]
    fn files_are_named_as_a_whole_however_long_their_names_are() {
        let value = |files: &[String]| Finding::new(Code::PicLocal).naming(files).value;
        let long = |n: usize| format!("photos of the opening/{}-{n}.jpg", "门".repeat(60));
        assert_eq!(value(&[long(1), long(2)]), format!("{}, {}", long(1), long(2)));
        let deep = format!("{}door.jpg", "folder/".repeat(90));
        let shown = value(std::slice::from_ref(&deep));
        assert!(shown.starts_with('…') && shown.ends_with("folder/door.jpg") && shown.chars().count() < 302, "{shown}");
        let many: Vec<String> = (0..40).map(long).collect();
        assert!(value(&many).ends_with("-21.jpg, … +18"), "{}", value(&many));
    }

    #[test]
    fn a_licence_from_elsewhere_names_both_provinces_in_the_readers_language() {
        let finding = Finding::new(Code::CredentialElsewhere).at(Place::file("a.csv").at_row(2)).showing("广东 → 湖南");
        assert_eq!(finding.words().en, "W211 licence registered in Guangdong, store in Hunan (a.csv, row 2)");
        assert!(finding.words().zh.starts_with("W211 证件登记地为广东，门店在湖南"), "{}", finding.words());
    }

    #[test]
    fn what_is_counted_is_told_in_a_sentence() {
        let place = Place { sheet: Some("S".into()), ..Place::file("a.xlsx") }.at_row(5);
        let told = |code, value| Finding::new(code).at(place.clone()).showing(value).words();
        let hidden = told(Code::HiddenRow, "2: 5, 9");
        assert_eq!(
            hidden.en,
            "W206 2 rows are hidden in the workbook, and were read all the same: 5, 9 (a.xlsx, S!5:5)"
        );
        assert!(hidden.zh.starts_with("W206 工作簿中有 2 行被隐藏，仍已读取：第 5, 9 行"), "{hidden}");
        let merged = told(Code::MergedCell, "1: B5:B7");
        assert_eq!(merged.en, "W207 1 merged range gives its value to each of its cells: B5:B7 (a.xlsx, S!5:5)");
        assert!(told(Code::HeaderRepeated, "1: 5").en.starts_with("W208 1 row repeats the header, and is no store: 5"));
        // A value that only looks like it stays a value.
        assert!(told(Code::PhoneMalformed, "1: 5").en.ends_with("(a.xlsx, S!5:5: 1: 5)"));
    }

    #[test]
    fn a_code_is_known_as_people_type_it() {
        assert_eq!(Code::named(" w211 "), Some(Code::CredentialElsewhere));
        assert_eq!(Code::named("E999"), None);
    }
}
