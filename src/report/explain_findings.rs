//! Why a finding comes about, and an example of mending it: what `poilift explain CODE` adds to the title and the remedy of the
//! registry. A list of blocks of one shape.

use crate::store::{Code, Words};
use crate::words;

/// What a page about a finding says beside its title and its remedy.
pub(super) struct Page {
    /// How it comes about.
    pub cause: Words,
    /// What it looks like, or what becomes what.
    pub example: Words,
}

/// The page of a code.
#[expect(clippy::too_many_lines, reason = "a table: a block a code")]
pub(super) fn page(code: Code) -> Page {
    match code {
        Code::PoiIdMissing => Page {
            cause: words!("the row names no store: its poi_id is empty, and nothing else can stand in for it"; "该行没有 poi_id，无法确定是哪家门店"),
            example: words!("poi_id empty → 472671857"; "poi_id 为空 → 472671857"),
        },
        Code::PoiIdMalformed => Page {
            cause: words!("the platform's ids are digits only; letters, signs or blanks inside come from copying"; "平台编号只有数字；字母、符号或空格多半是复制时带入的"),
            example: words!("A472671857 → 472671857"; "A472671857 → 472671857"),
        },
        Code::PoiIdDuplicate => Page {
            cause: words!("one source tells two things about one store, and which of them holds nobody can know"; "同一来源对同一门店给出两行内容，无法判断以哪一行为准"),
            example: words!("rows 4 and 9 both have 472671857 → remove one of them"; "第 4 行和第 9 行都是 472671857 → 删除其中一行"),
        },
        Code::RoundedNumber => Page {
            cause: words!("spreadsheet programs keep 15 digits of a number: longer ids lose their last ones without a word"; "表格软件只保留数字的前 15 位，更长的编号会悄悄丢失末尾"),
            example: words!("2.88074E+18 → 2880741500279549033, typed into a cell that is formatted as text"; "2.88074E+18 → 2880741500279549033（先把单元格设为文本）"),
        },
        Code::UnusableCell => Page {
            cause: words!("a formula failed, or the cell holds a date or a truth value where text is expected"; "公式出错，或单元格是日期、逻辑值而不是文本"),
            example: words!("#N/A → the value itself"; "#N/A → 填写实际内容"),
        },
        Code::RecordMalformed => Page {
            cause: words!("the file holds something that the platform's list does not: it was edited or cut off"; "文件内容与平台返回的列表不符，可能被改动或截断过"),
            example: words!("a list of names instead of {{\"base_info\": {{…}}}} → pull the list again"; "只有名称而没有 {{\"base_info\": {{…}}}} → 重新拉取列表"),
        },
        Code::UndecodableBytes => Page {
            cause: words!("the file was saved in another encoding than the one it is read in, or two encodings were mixed in it"; "文件的实际编码与读取时不同，或混用了两种编码"),
            example: words!("a sheet saved as GBK with one line pasted in UTF-8 → save it as XLSX"; "GBK 表格中粘贴了一行 UTF-8 → 另存为 XLSX"),
        },
        Code::RoundedColumn => Page {
            cause: words!("one id may end in 0000 by chance, a whole column never does: it was opened and saved by a spreadsheet program"; "一个编号可能恰好以 0000 结尾，整列如此则说明被表格软件打开并保存过"),
            example: words!("2880741500279540000, 2880741500279550000, … → take the column from the original file"; "2880741500279540000、2880741500279550000…… → 从原始文件重新取该列"),
        },
        Code::KeyDisagrees => Page {
            cause: words!("the row was overwritten, or sorted without its hidden column, after the workbook was made"; "工作簿生成后该行被覆盖，或排序时没有带上隐藏列"),
            example: words!("the key says 472671857, the row says 472671858 → put 472671857 back"; "隐藏键为 472671857，行内为 472671858 → 恢复为 472671857"),
        },
        Code::CredentialMissing => Page {
            cause: words!("add_store requires the licence number, and the old store management never had one"; "add_store 必须提供证件号，而旧门店管理中没有这一项"),
            example: words!("credential = 91440300708461136T"; "credential = 91440300708461136T"),
        },
        Code::CredentialMalformed => Page {
            cause: words!("it has too many or too few characters, or some that no licence number has"; "位数不对，或含有证件号不会出现的字符"),
            example: words!("9144030070846113 (16 characters) → 91440300708461136T"; "9144030070846113（16 位）→ 91440300708461136T"),
        },
        Code::PhoneMissing => Page {
            cause: words!("add_store requires a telephone, and neither the old record nor a supplement has one"; "add_store 必须提供电话，旧门店数据和补充表中都没有"),
            example: words!("contract_phone = 0571-88881234"; "contract_phone = 0571-88881234"),
        },
        Code::PhoneMalformed => Page {
            cause: words!("words, a foreign country code, too few digits, or a number that a spreadsheet has turned into 8.8E+10"; "含有文字、其他国家的区号、位数过少，或被表格软件变成 8.8E+10"),
            example: words!("ask at the desk → 0571-88881234-8001"; "请致电前台 → 0571-88881234-8001"),
        },
        Code::HourMissing => Page {
            cause: words!("add_store requires opening hours, and neither the old record nor a supplement has them"; "add_store 必须提供营业时间，旧门店数据和补充表中都没有"),
            example: words!("hour = 09:00-21:00"; "hour = 09:00-21:00"),
        },
        Code::HourMalformed => Page {
            cause: words!("it is no span of times, or could mean two: 8点-10点 may end in the morning or in the evening"; "不是一段时间，或可能有两种理解：8点-10点 可能是上午也可能是晚上"),
            example: words!("8点-10点 → 08:00-22:00"; "8点-10点 → 08:00-22:00"),
        },
        Code::PicMissing => Page {
            cause: words!("add_store requires at least one picture, and neither the old record nor a supplement has one"; "add_store 至少需要一张图片，旧门店数据和补充表中都没有"),
            example: words!("pic_list = http://mmbiz.qpic.cn/mmbiz_jpg/…/0?wx_fmt=jpeg"; "pic_list = http://mmbiz.qpic.cn/mmbiz_jpg/…/0?wx_fmt=jpeg"),
        },
        Code::PicMalformed => Page {
            cause: words!("the platform takes addresses; a remark, or an address without its beginning, is none"; "平台只接受图片地址；备注文字或缺少开头的地址都不行"),
            example: words!("mmbiz.qpic.cn/a.jpg → http://mmbiz.qpic.cn/a.jpg"; "mmbiz.qpic.cn/a.jpg → http://mmbiz.qpic.cn/a.jpg"),
        },
        Code::MapPoiIdMissing => Page {
            cause: words!("the store mini-program ties each store to a point on Tencent's map, and this one has none yet"; "门店小程序要求每家门店对应一个腾讯地图位置点，该店还没有"),
            example: words!("map_poi_id = 2880741500279549033"; "map_poi_id = 2880741500279549033"),
        },
        Code::MapPoiIdMalformed => Page {
            cause: words!("the map's ids are digits only; anything else was cut or copied wrongly"; "地图编号只有数字，其他内容是截断或复制错误"),
            example: words!("2880741500279549033号 → 2880741500279549033"; "2880741500279549033号 → 2880741500279549033"),
        },
        Code::CompanyIncomplete => Page {
            cause: words!("a company other than the account's own has to be proven by its papers"; "不复用公众号主体时，必须用证明材料说明主体"),
            example: words!("company_name alone → add the papers' media ids, or empty it"; "只填了 company_name → 补上证明材料的 mediaid，或清空"),
        },
        Code::QualificationTooMany => Page {
            cause: words!("the API document allows 0 to 5 files"; "接口文档规定支持 0～5 个文件"),
            example: words!("six media ids joined by | → keep five"; "用 | 连接了 6 个 mediaid → 保留 5 个"),
        },
        Code::PicLocal => Page {
            cause: words!("files named in a sheet are uploaded from this machine; this one was not found, or the path is that of another computer"; "表中填写的文件会从本机上传；未找到该文件，或路径属于另一台电脑"),
            example: words!("D:\\photos\\door.jpg → photos/door.jpg, in a folder beside the sheet"; "D:\\照片\\门头.jpg → 照片/门头.jpg（与表格放在一起的目录）"),
        },
        Code::HourTwoSpans => Page {
            cause: words!("add_store takes one span of the form 11:11-12:12, and which of several counts nobody can know"; "add_store 只接受一段 11:11-12:12 格式的时间，无法判断以哪段为准"),
            example: words!("9:00-12:00,13:00-18:00 → 09:00-18:00"; "9:00-12:00,13:00-18:00 → 09:00-18:00"),
        },
        Code::PhoneSeveral => Page {
            cause: words!("add_store takes one number; several are only for creating a point on the map"; "add_store 只接受一个号码，多个号码只用于创建地图位置点"),
            example: words!("021-66667777/13800138000 → 021-66667777"; "021-66667777/13800138000 → 021-66667777"),
        },
        Code::StatusAbsent => Page {
            cause: words!("the list came from an account or a file without the upgrade's fields"; "列表来自没有升级字段的账号或文件"),
            example: words!("a sheet without a column upgrade_status → pull the list again"; "表格没有 upgrade_status 一列 → 重新拉取列表"),
        },
        Code::StatusUnknown => Page {
            cause: words!("the document knows 0 to 4; what another number permits is not known"; "文档只定义了 0～4，其他数值的含义未知"),
            example: words!("upgrade_status 7"; "upgrade_status 7"),
        },
        Code::SourcesDisagree => Page {
            cause: words!("two inputs were made at different times, or one of them was edited"; "两份输入的生成时间不同，或其中一份被改动过"),
            example: words!("0 in stores.json, 3 in march.csv → give the newer file alone"; "stores.json 中为 0，march.csv 中为 3 → 只用较新的文件"),
        },
        Code::NotApproved => Page {
            cause: words!("only stores approved in the old store management can move (3 there; 1 is an error, 2 in review, 4 refused), and the upgrade does not finish before the others are gone"; "只有旧门店管理中审核通过的门店才能迁移（3 为通过，1 系统错误，2 审核中，4 被驳回），其余门店删除后升级才能完成"),
            example: words!("available_state 4 → action = delete, and --allow-delete"; "available_state 4 → 处理 = 删除，并使用 --allow-delete"),
        },
        Code::SupplementJoinsTwo => Page {
            cause: words!("the row names its store by a sid that several stores have"; "该行用 sid 指明门店，而多家门店使用同一 sid"),
            example: words!("sid S-7 → poi_id 472671857"; "sid S-7 → poi_id 472671857"),
        },
        Code::SupplementDisagrees => Page {
            cause: words!("two files taken in one run, or two rows of one, give different values for one store"; "同一次录入的两个文件（或同一文件的两行）对同一门店给出不同内容"),
            example: words!("a.xlsx says 09:00-21:00, b.xlsx 10:00-22:00 → make them the same"; "a.xlsx 为 09:00-21:00，b.xlsx 为 10:00-22:00 → 改为一致"),
        },
        Code::ActionUnknown => Page {
            cause: words!("a word that is not understood may mean delete: so nothing is done for the store"; "无法识别的词有可能是要求删除，因此不对该店做任何操作"),
            example: words!("later → hold"; "以后再说 → 暂缓"),
        },
        Code::UpgradeForbidden => Page {
            cause: words!("the platform allows nothing but deletion for such a store"; "平台对此类门店只允许删除"),
            example: words!("action upgrade with upgrade_status 4 → delete or hold"; "upgrade_status 为 4 而处理为 升级 → 改为 删除 或 暂缓"),
        },
        Code::IdsDisagree => Page {
            cause: words!("a row was copied and only one of its ids changed, or one of two columns was sorted without the other"; "复制行后只改了其中一个编号，或只对其中一列排了序"),
            example: words!("poi_id 472671857 with the sid S-8 of another store → S-7, or nothing"; "poi_id 472671857 旁的 sid 是另一家门店的 S-8 → 改为 S-7 或清空"),
        },
        Code::MapPoiIdDuplicate => Page {
            cause: words!("a column was filled down, two stores in one building were matched to one point, or one store has two ids"; "整列向下填充、同一建筑内的两家店匹配到同一位置点，或同一门店有两个编号"),
            example: words!("rows 4 and 9 have 2880741500279549033 → row 9 gets the point of its own store"; "第 4 行和第 9 行都是 2880741500279549033 → 第 9 行改为自己的位置点"),
        },
        Code::RowTooWide => Page {
            cause: words!("a comma (or another delimiter) stands within a value that has no quotation marks, so that everything behind it stands one column too far right"; "内容中含有逗号等分隔符却没有加引号，其后的内容都错了一列"),
            example: words!("…,1 West Street, floor 2,… → …,\"1 West Street, floor 2\",…"; "…,人民路1号,二层,… → …,\"人民路1号,二层\",…"),
        },
        Code::OrderEmpty => Page {
            cause: words!("a store is named, and nothing is said of it; pictures of the sheet count only with --replace-photos"; "该行只有门店编号而没有内容；表中的图片只有使用 --replace-photos 才会提交"),
            example: words!("472671857 and an empty hour → 472671857, 10:00-21:00"; "472671857，hour 为空 → 472671857，10:00-21:00"),
        },
        Code::NewStoreHasId => Page {
            cause: words!("store add makes stores that have no id yet; one with an id is there already, or is to be migrated"; "store add 用于新增门店；已有编号的门店要么已存在，要么应走迁移"),
            example: words!("poi_id 472671857 → poi_id empty"; "poi_id 为 472671857 → poi_id 留空"),
        },
        Code::NewStoreTwice => Page {
            cause: words!("a new store goes by its sid, else by its credential; two of one name would be made twice or not at all"; "新增门店按 sid 识别，没有时按 credential；同名两行可能被重复新增"),
            example: words!("rows 3 and 7 both have sid S001 → remove one of them"; "第 3 行和第 7 行的 sid 都是 S001 → 删除其中一行"),
        },
        Code::LicenceInUse => Page {
            cause: words!("the licence of a row was copied from another store's, or the store was added by somebody else"; "证件号是从另一家门店复制来的，或该门店已由他人添加"),
            example: words!("22883878-0 (poi_id 4700000016) → the new store's own number"; "22883878-0（poi_id 4700000016）→ 新门店自己的证件号"),
        },
        Code::CardMissing => Page {
            cause: words!("a card is to be set, and the row names none"; "要设置卡券，但该行没有 card_id"),
            example: words!("card_id empty → pabcedfg1234567hijklmn"; "card_id 为空 → pabcedfg1234567hijklmn"),
        },
        Code::FileNotPicture => Page {
            cause: words!("the first bytes say what a file is, not its name: a text, a PDF or a WebP that was renamed stays what it was"; "文件类型由内容决定而非扩展名：改名后的文本、PDF 或 WebP 仍是原来的格式"),
            example: words!("door.jpg that is a WebP → open it and save it as JPG"; "实为 WebP 的 门头.jpg → 打开并另存为 JPG"),
        },
        Code::FileTooLarge => Page {
            cause: words!("the platform takes 10 MB at most, and photos of stores under 1 MB; what lies between is made smaller on the way"; "平台最多接受 10 MB，门店图片须小于 1 MB；介于两者之间的照片会自动压缩"),
            example: words!("door.png of 12 MB → exported as JPG of 2 MB"; "12 MB 的 门头.png → 导出为 2 MB 的 JPG"),
        },
        Code::FileBroken => Page {
            cause: words!("a download or a copy that was interrupted, or a card that went bad: the end of the picture is missing"; "下载或复制中断，或存储卡损坏：图片缺少结尾"),
            example: words!("door.jpg of 0 bytes → copy it again"; "0 字节的 门头.jpg → 重新复制"),
        },
        Code::FileHeic => Page {
            cause: words!("iPhones save photos as HEIC, and some programs only rename them to .jpg"; "iPhone 默认保存为 HEIC，有些程序只是把扩展名改成 .jpg"),
            example: words!("IMG_0412.HEIC → IMG_0412.jpg, exported from the photos program"; "IMG_0412.HEIC → 从相册导出的 IMG_0412.jpg"),
        },
        Code::FilePixels => Page {
            cause: words!("a panorama, a scan, or a file that was made to fill the memory of whoever opens it"; "全景照片、扫描件，或特意制作的超大图片"),
            example: words!("16000×4000 → 2000×500"; "16000×4000 → 2000×500"),
        },
        Code::PictureInCell => Page {
            cause: words!("WPS keeps a picture that was put into a cell inside the workbook, and writes its number into the cell"; "WPS 将嵌入单元格的图片保存在工作簿内部，单元格中只有编号"),
            example: words!("=DISPIMG(\"ID_0A1B\",1) → door.jpg"; "=DISPIMG(\"ID_0A1B\",1) → 门头.jpg"),
        },
        Code::PictureOfTwo => Page {
            cause: words!("two stores have the same sid, or one's sid is the other's with an underscore and more behind it"; "两家门店的 sid 相同，或一家的 sid 是另一家 sid 加下划线后缀"),
            example: words!("HL_1.jpg with stores HL and HL_1 → write HL_1.jpg into one store's pic_list"; "门店 HL 与 HL_1 都存在时的 HL_1.jpg → 在其中一家的 pic_list 中填写 HL_1.jpg"),
        },
        Code::FileRefused => Page {
            cause: words!("the file was whole and small enough for this program, and the platform did not take it; its errcode stands behind the name"; "本程序检查时文件完整且大小合规，但平台未接受；文件名后附有平台错误码"),
            example: words!("door.jpg (40009 invalid image size) → saved anew with fewer pixels"; "门头.jpg（40009 invalid image size）→ 缩小后重新保存"),
        },
        Code::SupplementNameless => Page {
            cause: words!("the row has values but neither id: whose values they are nobody can know"; "该行有内容却没有编号，无法确定属于哪家门店"),
            example: words!("poi_id and sid empty → fill in one of them"; "poi_id 和 sid 都为空 → 填写其一"),
        },
        Code::WishTooLate => Page {
            cause: words!("a store in review or upgraded is no longer changed by the migration"; "审核中或已升级的门店不再受迁移操作影响"),
            example: words!("action delete with upgrade_status 3"; "upgrade_status 为 3 而处理为 删除"),
        },
        Code::SupplementJoinsNothing => Page {
            cause: words!("the id was mistyped, or the store is in a list that was not given"; "编号有误，或门店不在本次给出的列表中"),
            example: words!("poi_id 472671875 → 472671857"; "poi_id 472671875 → 472671857"),
        },
        Code::SupplementRepeats => Page {
            cause: words!("the row was copied; its cells agree with the other's, or those that do not are a finding of their own"; "该行被复制过；内容不一致的单元格另有提示"),
            example: words!("rows 4 and 9 both name 472671857 → remove one"; "第 4 行和第 9 行都是 472671857 → 删除一行"),
        },
        Code::ControlRemoved => Page {
            cause: words!("text copied from web pages and chat programs carries characters that nobody sees"; "从网页或聊天软件复制的文字常带有看不见的字符"),
            example: words!("a zero-width space behind 0571-88881234"; "0571-88881234 后面有一个零宽空格"),
        },
        Code::HiddenRow => Page {
            cause: words!("a filter or a person has hidden it; what is hidden may be meant not to count, but it is there"; "被筛选或人工隐藏；隐藏的行可能不该计入，但它确实存在"),
            example: words!("row 12 of Stores is hidden → delete it, or show it"; "Stores 第 12 行被隐藏 → 删除或取消隐藏"),
        },
        Code::MergedCell => Page {
            cause: words!("several rows show one value; whether it is meant for all of them only a person knows"; "多行共用一个值，是否都适用只有人知道"),
            example: words!("A2:A5 merged with one licence → unmerge, and give each store its own"; "A2:A5 合并为一个证件号 → 取消合并并分别填写"),
        },
        Code::HeaderRepeated => Page {
            cause: words!("sheets of several regions were pasted below each other, each with its header"; "多个区域的表格连同表头一起粘贴到了一张表中"),
            example: words!("row 41 says poi_id, credential, … like row 1 → it may stay, or be deleted"; "第 41 行与第 1 行一样是 poi_id、credential…… → 可保留，也可删除"),
        },
        Code::FilePassedOver => Page {
            cause: words!("a note, a picture or a log lies beside the lists"; "目录中放有说明、图片或日志等其他文件"),
            example: words!("notes.txt beside page-1.json → it may stay; page-2.txt → save it as page-2.json"; "page-1.json 旁的 notes.txt → 可保留；page-2.txt → 另存为 page-2.json"),
        },
        Code::CredentialUnchecked => Page {
            cause: words!("the last character is computed from the others: one of them was mistyped, mostly O for 0 or I for 1"; "最后一位由前面各位计算得出，说明有一位录入错误，常见的是 O 与 0、I 与 1 混淆"),
            example: words!("91440300708461136A → 91440300708461136T"; "91440300708461136A → 91440300708461136T"),
        },
        Code::CredentialElsewhere => Page {
            cause: words!("a licence number carries the place of its registration; a branch mostly has one of its own province"; "证件号中含有登记地；分店一般在本省登记"),
            example: words!("91440300708461136T (Guangdong) for a store in Changsha"; "长沙的门店填写了 91440300708461136T（广东）"),
        },
        Code::CredentialDuplicate => Page {
            cause: words!("one licence was filled in for many stores, by a merged cell or by filling down, or one company runs them all on it"; "合并单元格或向下填充使多家门店用了同一证件号，或同一公司用一个证件经营多家门店"),
            example: words!("91440300708461136T for 214 stores: the first is taken, 213 are refused"; "214 家门店都填 91440300708461136T：第一家被接受，其余 213 家被拒绝"),
        },
        Code::HourOvernight => Page {
            cause: words!("a bar is open past midnight, or the times were exchanged; the API document does not say whether the platform takes it"; "可能是跨夜营业，也可能是时间填反；接口文档没有说明平台是否接受"),
            example: words!("18:00-02:00"; "18:00-02:00"),
        },
        Code::OutsideChina => Page {
            cause: words!("0, 0 from an empty field, a lost digit, or another country"; "空值变成了 0,0、丢失数字，或在其他国家"),
            example: words!("0, 0 → 113.26, 23.13"; "0, 0 → 113.26, 23.13"),
        },
        Code::CoordinatesSwapped => Page {
            cause: words!("no longitude of China is one of its latitudes: the two were exchanged"; "中国的经度与纬度范围不重叠，说明两者填反了"),
            example: words!("longitude 30.27, latitude 120.15 → 120.15, 30.27"; "经度 30.27、纬度 120.15 → 120.15、30.27"),
        },
        Code::FarFromProvince => Page {
            cause: words!("address and coordinates speak of different places; half a degree, about 50 km, is allowed for"; "地址与坐标不在同一地方（允许半度、约 50 公里的误差）"),
            example: words!("an address in Guangdong at 120.15, 30.27 (Hangzhou)"; "地址在广东，坐标却在 120.15, 30.27（杭州）"),
        },
        Code::SystemsMixed => Page {
            cause: words!("the same place has other numbers in another system, some hundred metres apart"; "同一地点在不同坐标系中相差数百米"),
            example: words!("offset_type 2 beside stores with offset_type 1"; "其他门店为 offset_type 1，该店为 2"),
        },
        Code::PhoneLostZero => Page {
            cause: words!("a spreadsheet program takes 02012345678 for a number, and a number has no zero before it"; "表格软件把 02012345678 当作数字，开头的 0 就丢了"),
            example: words!("2012345678 → 020-12345678"; "2012345678 → 020-12345678"),
        },
        Code::PicturesUnmatched => Page {
            cause: words!("a picture is a store's if its name is the store's sid, or begins with the sid and an underscore; these are nobody's"; "文件名等于门店 sid，或以 sid 加下划线开头，才对应该门店；这些图片不对应任何门店"),
            example: words!("HL01-door.jpg → HL01_door.jpg"; "HL01-门头.jpg → HL01_门头.jpg"),
        },
        Code::FloatingPictures => Page {
            cause: words!("a picture that was pasted lies over the cells and in none of them: whose it is shows only to the eye"; "粘贴的图片浮于单元格之上，不属于任何单元格，只有肉眼能看出归属"),
            example: words!("a photo over row 12 → door.jpg beside the sheet, and its name in row 12"; "第 12 行上的照片 → 另存为 门头.jpg 并在第 12 行填写文件名"),
        },
        Code::SameStoreTwice => Page {
            cause: words!("one store was added twice in the old store management, or a row was copied"; "旧门店管理中同一门店添加了两次，或该行被复制过"),
            example: words!("472671857 and 472671999, both 某店 at 文三路1号"; "472671857 与 472671999 都是文三路1号的某店"),
        },
    }
}
