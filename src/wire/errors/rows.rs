//! The table itself: a list of rows of one shape, each with what a code means and what a person does about it. No logic.
//!
//! Sources, row by row: the error tables of the API document (sections 2, 8, 9, 10, 11, 12) and the platform's global
//! return codes. What stands here of a code that the document does not list is the global table's word.

use super::Row;
use super::Scope::{self, Any, Only, Tokens, Writes};
use crate::wire::Class::{
    Ambiguous, Done, FixRow, NotYet, QuotaSpent, RefreshToken, Retry, SlowDown, StopAccount, StopEndpoint,
};
use crate::wire::Endpoint::{
    AddStore, ApplyMerchant, DelStore, Delpoi, GetStoreInfo, Getpoilist, ModifyMerchant, QuotaGet, RidGet, UpdateStore,
};

macro_rules! rows {
    ($($at:ident$(($only:ident))? $errcode:literal $class:ident: $en:literal / $zh:literal; $do_en:literal / $do_zh:literal;)*) => {
        pub(super) static ROWS: &[Row] = &[$(Row {
            at: { const AT: Scope = $at$(($only))?; AT },
            errcode: $errcode,
            class: $class,
            means: ($en, $zh),
            advice: ($do_en, $do_zh),
        },)*];
    };
}

rows! {
    // ---- Nobody knows. -1 of a write is the one answer that says nothing about what was done.
    Any -1 Retry: "the platform is busy" / "平台系统繁忙";
        "nothing; if it persists, come back later" / "无需处理；持续出现时请稍后再试";
    Writes -1 Ambiguous: "the platform is busy, and may have acted all the same" / "平台系统繁忙，但可能已经生效";
        "nothing; never send the store by hand before its outcome is known" / "无需处理；结果核实之前请勿手工提交";

    Only(DelStore) -1 Ambiguous: "the platform says that the deletion failed, in the words it has for being busy" / "平台返回“删除失败”，与系统繁忙的返回码相同";
        "nothing; it counts as deleted, or as still there, only after a reading" / "无需处理；查询核实后才视为已删除或未删除";

    // ---- Tokens and credentials.
    Any 40001 RefreshToken: "the access token is not valid, or not the latest" / "access_token 无效或不是最新";
        "nothing; if it persists, find the other system that fetches tokens through cgi-bin/token" / "无需处理；持续出现时请查找通过 cgi-bin/token 获取 token 的其他系统";
    Any 40014 RefreshToken: "the access token is not valid" / "access_token 不合法";
        "nothing; if the token is held elsewhere, see that its holder gives the latest one" / "无需处理；token 由他处持有时，请确认给出的是最新 token";
    Any 42001 RefreshToken: "the access token has expired" / "access_token 已过期";
        "nothing; if the token is held elsewhere, see that its holder renews it" / "无需处理；token 由他处持有时，请确认其会续期";
    Tokens 40001 StopAccount: "the appsecret is wrong" / "AppSecret 错误";
        "check secret_file or POILIFT_SECRET" / "请检查 secret_file 或 POILIFT_SECRET";
    Any 40002 StopAccount: "the grant type is refused" / "凭证类型不合法";
        "check appid and the account's type" / "请检查 appid 与账号类型";
    Any 40013 StopAccount: "the appid is not valid" / "appid 不合法";
        "check appid" / "请检查 appid";
    Any 40125 StopAccount: "the appsecret is not valid" / "AppSecret 不合法";
        "check secret_file or POILIFT_SECRET" / "请检查 secret_file 或 POILIFT_SECRET";
    Any 40164 StopAccount: "this machine's address is not on the account's IP allow-list" / "本机 IP 不在白名单";
        "add the address named in the platform's words to the allow-list in the console, or borrow a token from a listed machine" / "请在公众平台把平台原文中的 IP 加入白名单，或使用白名单机器上的 token";
    Any 45032 StopAccount: "this machine's address is not on the account's IP allow-list" / "本机 IP 不在白名单";
        "add it to the allow-list in the console, or borrow a token from a listed machine" / "请在公众平台加入白名单，或使用白名单机器上的 token";
    Any 45035 StopAccount: "this machine's address is not registered for the account" / "本机 IP 未登记";
        "register it in the console, or borrow a token from a registered machine" / "请在公众平台登记，或使用已登记机器上的 token";
    Any 40243 StopAccount: "the appsecret is frozen" / "AppSecret 已冻结";
        "unfreeze it in the console" / "请在公众平台解冻";
    Any 41001 StopAccount: "no access token arrived at the platform" / "请求缺少 access_token";
        "see that nothing on the way (a proxy, a gateway) drops the query of the address" / "请检查中间代理或网关是否丢弃了地址中的参数";
    Any 41002 StopAccount: "no appid arrived at the platform" / "请求缺少 appid";
        "check appid in poilift.toml" / "请检查 poilift.toml 中的 appid";
    Any 41004 StopAccount: "no appsecret arrived at the platform" / "请求缺少 AppSecret";
        "check secret_file or POILIFT_SECRET" / "请检查 secret_file 或 POILIFT_SECRET";
    Any 42005 StopAccount: "the use of the interface has expired" / "接口使用权限已过期";
        "see the account's permissions in the console" / "请在公众平台查看接口权限";
    Any 42007 StopAccount: "the account's password was changed, and the authorisation is void" / "用户修改了密码，授权失效";
        "authorise again" / "请重新授权";
    Any 89501 StopAccount: "an administrator has to confirm this machine first" / "需要管理员先确认本机的调用";
        "ask an administrator of the account to confirm on their phone, then run the same command again" / "请管理员在手机上确认，然后重新运行同一命令";
    Any 89502 StopAccount: "an administrator has to confirm this machine first" / "需要管理员先确认本机的调用";
        "ask an administrator of the account to confirm on their phone, then run the same command again" / "请管理员在手机上确认，然后重新运行同一命令";
    Any 89503 StopAccount: "an administrator has to confirm this call" / "此次调用需要管理员确认";
        "ask an administrator of the account to accept the message on their phone, then run the same command again" / "请管理员在手机上确认，然后重新运行同一命令";
    Any 89504 StopAccount: "an administrator has to confirm this machine first" / "需要管理员先确认本机的调用";
        "ask an administrator of the account to confirm on their phone, then run the same command again" / "请管理员在手机上确认，然后重新运行同一命令";
    Any 89505 StopAccount: "an administrator has to confirm this machine first" / "需要管理员先确认本机的调用";
        "ask an administrator of the account to confirm on their phone, then run the same command again" / "请管理员在手机上确认，然后重新运行同一命令";
    Any 89506 StopAccount: "an administrator refused this machine" / "管理员已拒绝本机的调用";
        "talk to the administrator; the platform lets it ask again after 24 hours" / "请与管理员沟通，24 小时后才能再次请求";
    Any 89507 StopAccount: "an administrator refused this machine" / "管理员已拒绝本机的调用";
        "talk to the administrator; the platform lets it ask again after 1 hour" / "请与管理员沟通，1 小时后才能再次请求";

    // ---- A third-party platform that calls for the account.
    Any 41018 StopAccount: "the third-party platform's authorisation is missing" / "缺少第三方平台授权信息";
        "have the account authorise the third-party platform again" / "请重新授权第三方平台";
    Any 42002 StopAccount: "the refresh token has expired" / "refresh_token 已过期";
        "have the account authorise the third-party platform again" / "请重新授权第三方平台";
    Any 42006 StopAccount: "the third-party platform's own token has expired" / "component_access_token 已过期";
        "refresh it where it is held" / "请在持有方刷新";
    Any 61003 StopAccount: "the account has not authorised the third-party platform" / "账号未授权给该第三方平台";
        "have the account authorise it in the console" / "请在公众平台授权";
    Any 61004 StopAccount: "this machine's address is not registered for the third-party platform" / "本机 IP 未在第三方平台登记";
        "register it there, or borrow a token from a registered machine" / "请在第三方平台登记，或使用已登记机器上的 token";
    Any 61005 StopAccount: "the third-party platform's ticket has expired" / "component_verify_ticket 已过期";
        "wait for its next ticket (every 10 minutes), where the token is held" / "请在持有方等待下一次推送（每 10 分钟一次）";
    Any 61006 StopAccount: "the third-party platform's ticket is not valid" / "component_verify_ticket 无效";
        "wait for its next ticket (every 10 minutes), where the token is held" / "请在持有方等待下一次推送（每 10 分钟一次）";
    Any 61007 StopAccount: "the account has not granted this permission to the third-party platform" / "账号未把该权限授予第三方平台";
        "have the account grant the permissions of stores to it" / "请为第三方平台授予门店相关权限";
    Any 61009 StopAccount: "the third-party platform's authorisation code is not valid" / "第三方平台授权码无效";
        "have the account authorise the third-party platform again" / "请重新授权第三方平台";
    Any 61011 StopAccount: "the third-party platform is not valid" / "第三方平台无效";
        "see its state in the open platform's console" / "请在开放平台查看其状态";
    Any 61014 StopAccount: "the call wants the third-party platform's own token" / "该接口需要第三方平台自己的 token";
        "give an access token of the account (authorizer_access_token)" / "请提供账号的 authorizer_access_token";
    Any 61016 StopAccount: "the permission was granted, but not confirmed by the account's administrator" / "该权限尚未经管理员确认";
        "have the account's administrator confirm it" / "请管理员确认";
    Any 61023 StopAccount: "the authorizer's refresh token is not valid" / "授权方 refresh_token 失效";
        "have the account authorise the third-party platform again" / "请重新授权第三方平台";
    Any 61024 StopAccount: "the call does not go with this kind of token" / "token 类型与接口不符";
        "give an access token of the account (authorizer_access_token)" / "请提供账号的 authorizer_access_token";

    // ---- The account as a whole.
    Any 43104 StopAccount: "the account has no permission for this" / "该账号没有权限";
        "check the permissions of stores in the console" / "请在公众平台检查门店权限";
    Any 48001 StopAccount: "the account has no permission for this interface" / "该账号没有此接口权限";
        "check the permissions of stores in the console" / "请在公众平台检查门店权限";
    Any 48004 StopAccount: "the interface is banned for this account" / "接口已被封禁";
        "see the notices in the console" / "请查看公众平台通知";
    Any 48009 StopAccount: "the platform has closed this interface" / "平台已关闭此接口";
        "see in the console whether the upgrade is complete already" / "请在公众平台查看升级是否已经完成";
    Only(Getpoilist) 48009 StopEndpoint: "the platform has closed the old list" / "平台已关闭旧门店列表接口";
        "see in the console whether the upgrade is complete already" / "请在公众平台查看升级是否已经完成";
    Any 50001 StopAccount: "the account has not granted this interface" / "用户未授权该接口";
        "check the permissions of stores in the console" / "请在公众平台检查门店权限";
    Any 50002 StopAccount: "the account is limited" / "账号受限";
        "see the notices in the console" / "请查看公众平台通知";
    Any 50004 StopAccount: "the account may not use access tokens, maybe for a punishment" / "账号禁止使用 access_token，可能因处罚";
        "see the notices in the console" / "请查看公众平台通知";
    Any 85053 StopAccount: "there is no approved store mini-program yet" / "尚未成功创建门店小程序";
        "apply for the store mini-program (poilift merchant apply, or the console), and come back once it is approved" / "请先申请创建门店小程序（poilift merchant apply 或公众平台），审核通过后再运行";
    Any 85058 StopAccount: "no application for the store mini-program is on record" / "没有门店小程序的审核单";
        "apply for the store mini-program (poilift merchant apply, or the console), and come back once it is approved" / "请先申请创建门店小程序（poilift merchant apply 或公众平台），审核通过后再运行";
    Any 85059 StopAccount: "the platform denies access from abroad" / "平台拒绝境外访问";
        "run it from a machine in mainland China" / "请在中国大陆的机器上运行";

    // ---- A fault of the program, or of what stands between it and the platform.
    Any 40066 StopAccount: "the platform does not know this address" / "接口地址不存在";
        "check api_base" / "请检查 api_base";
    Any 43001 StopAccount: "the platform wants GET here" / "该接口需要 GET 请求";
        "see that nothing on the way changes the method, else report it as a fault of the program" / "请检查中间代理是否改变了请求方式，否则请作为程序缺陷反馈";
    Any 43002 StopAccount: "the platform wants POST here" / "该接口需要 POST 请求";
        "see that nothing on the way changes the method, else report it as a fault of the program" / "请检查中间代理是否改变了请求方式，否则请作为程序缺陷反馈";
    Any 43003 StopAccount: "the platform wants HTTPS" / "需要 HTTPS 请求";
        "check api_base" / "请检查 api_base";
    Any 44002 StopAccount: "an empty body arrived at the platform" / "POST 数据为空";
        "see that nothing on the way (a proxy, a gateway) drops it" / "请检查中间代理或网关是否丢弃了请求体";
    Any 40033 StopEndpoint: "the platform refuses the characters of the request" / "请求含非法字符";
        "report it as a fault of the program" / "请作为程序缺陷反馈";
    Any 47002 StopEndpoint: "the platform refuses how the request is written" / "请求格式不被接受";
        "report it as a fault of the program" / "请作为程序缺陷反馈";
    Only(QuotaGet) 76003 StopEndpoint: "the path asked for is not written as the platform wants it" / "cgi_path 格式不被接受";
        "set rate yourself (--rate 10/s), and report it as a fault of the program" / "请自行设置速率（--rate 10/s），并作为程序缺陷反馈";
    Only(QuotaGet) 76021 StopEndpoint: "the platform knows no quota for this path" / "平台没有该接口的额度信息";
        "set rate yourself (--rate 10/s)" / "请自行设置速率（--rate 10/s）";
    Only(QuotaGet) 48001 StopEndpoint: "the account may not ask for quotas" / "该账号没有查询额度的权限";
        "set the day's limits under [quota] in poilift.toml, and the pace by --rate" / "请在 poilift.toml 的 [quota] 中填写每日额度，并用 --rate 设置速率";
    Only(QuotaGet) 48004 StopEndpoint: "asking for quotas is banned for this account" / "该账号的额度查询接口已被封禁";
        "set the day's limits under [quota] in poilift.toml, and the pace by --rate" / "请在 poilift.toml 的 [quota] 中填写每日额度，并用 --rate 设置速率";
    Only(QuotaGet) 48009 StopEndpoint: "the platform has closed the asking for quotas" / "平台已关闭额度查询接口";
        "set the day's limits under [quota] in poilift.toml, and the pace by --rate" / "请在 poilift.toml 的 [quota] 中填写每日额度，并用 --rate 设置速率";
    Only(RidGet) 76001 FixRow: "the platform knows no such rid" / "rid 不存在";
        "copy the rid again from the platform's words" / "请从平台原文重新复制 rid";
    Only(RidGet) 76002 FixRow: "the rid is empty or not written as one" / "rid 为空或格式错误";
        "copy the rid again from the platform's words" / "请从平台原文重新复制 rid";
    Only(RidGet) 76003 FixRow: "the rid belongs to another account's call" / "该 rid 属于其他账号的调用";
        "ask with the account whose call it was" / "请使用产生该 rid 的账号查询";
    Only(RidGet) 76004 FixRow: "the rid is older than 7 days" / "rid 已过期（仅支持 7 天之内）";
        "look for the call in the ledger (poilift why) or in the log" / "请在账本（poilift why）或日志中查找该次调用";
    Only(QuotaGet) 76022 StopEndpoint: "the account may not ask for the quota of this path" / "该账号不能查询此接口的额度";
        "set rate yourself (--rate 10/s)" / "请自行设置速率（--rate 10/s）";

    // ---- Limits.
    Any 45009 QuotaSpent: "the day's calls are spent" / "当日调用次数已用完";
        "run the same command again once the platform's day has turned" / "次日重新运行同一命令";
    Any 45011 SlowDown: "too many calls in a minute" / "调用过于频繁";
        "nothing; if it persists, set a lower rate (--rate)" / "无需处理；持续出现时请降低速率（--rate）";
    Any 48006 StopEndpoint: "the month's clearings of the quota are spent" / "本月清零次数已用完";
        "wait until the platform's day turns" / "请等待次日";
    Only(AddStore) 85042 StopEndpoint: "the number of nearby places is at its limit: no store can be added" / "附近地点数量已达上限，无法继续添加";
        "remove places in the console or ask the platform for more, then run the same command again" / "请在公众平台删除部分地点或申请提高上限，然后重新运行同一命令";
    Only(AddStore) 92002 StopEndpoint: "the number of nearby places is at its limit: no store can be added" / "附近地点数量已达上限，无法继续添加";
        "remove places in the console or ask the platform for more, then run the same command again" / "请在公众平台删除部分地点或申请提高上限，然后重新运行同一命令";
    Only(AddStore) 92004 StopEndpoint: "the account may not show nearby places" / "该账号的附近地点功能被封禁";
        "see the notices in the console" / "请查看公众平台通知";

    // ---- The application for the store mini-program (section 2). No store is at fault.
    Any 85024 StopEndpoint: "the name of the store mini-program needs further papers" / "申请的名称需要补充资料";
        "give the same application with org_code (licence or organisation code) and, if there are any, other_files: poilift merchant apply ... --org-code FILE --other-file FILE" / "请补充 org_code（营业执照或组织代码证）与 other_files（补充材料，可选）后重新申请：poilift merchant apply … --org-code FILE --other-file FILE";
    Any 85025 StopEndpoint: "the administrator's phone is registered too often" / "管理员手机登记数量已达上限";
        "apply with another administrator's phone" / "请更换管理员手机后申请";
    Any 85026 StopEndpoint: "the WeChat account administers five accounts already" / "该微信号已绑定 5 个管理员";
        "apply with another WeChat account" / "请更换微信号后申请";
    Any 85027 StopEndpoint: "the administrator's identity card is registered five times already" / "管理员身份证已登记 5 次";
        "apply with another administrator" / "请更换管理员后申请";
    Any 85028 StopEndpoint: "the company has registered too many accounts" / "该主体登记数量已达上限";
        "apply with another company, or close accounts of this one" / "请更换主体，或注销部分账号";
    Any 85029 StopEndpoint: "the name of the store mini-program is taken" / "商家名称已被占用";
        "apply with another name" / "请更换名称后申请";
    Any 85030 StopEndpoint: "the name of the store mini-program is not 4 to 30 characters, or has special signs or reserved words" / "名称长度须为 4-30 个字符，且不能含特殊字符和保留字";
        "apply with another name; a Chinese character counts as two" / "请更换名称后申请（一个中文占两个字符）";
    Any 85031 StopEndpoint: "the name of the store mini-program may not be used" / "不能使用该名称";
        "apply with another name" / "请更换名称后申请";
    Any 85032 StopEndpoint: "the name of the store mini-program is protected after a complaint" / "该名称在侵权投诉保护期";
        "apply with another name" / "请更换名称后申请";
    Any 85033 StopEndpoint: "the name of the store mini-program breaks the platform's rules" / "名称违反平台规定";
        "apply with another name" / "请更换名称后申请";
    Any 85034 StopEndpoint: "the name of the store mini-program is protected for 15 days after a change" / "名称在改名 15 天保护期内";
        "apply with another name, or after 15 days" / "请更换名称，或 15 天后再申请";
    Any 85035 StopEndpoint: "the name belongs to an account of another company" / "名称属于其他主体的账号";
        "apply with the same company, or with another name" / "请使用相同主体，或更换名称后申请";
    Any 85036 StopEndpoint: "the introduction of the store mini-program breaks the platform's rules" / "介绍违反平台规定";
        "apply with another introduction" / "请修改介绍后申请";
    Any 85049 StopEndpoint: "the month's changes of head image or introduction are spent" / "头像或简介本月修改次数已用完";
        "wait until next month" / "请下月再修改";
    Any 85050 StopEndpoint: "an application is in review already" / "申请正在审核中";
        "wait for its review: poilift merchant audit shows it" / "请等待审核结果：可用 poilift merchant audit 查询";
    Any 85063 StopEndpoint: "the administrator's identity card is on a blacklist" / "管理员身份证在黑名单中";
        "apply with another administrator" / "请更换管理员后申请";

    Only(ApplyMerchant) 85056 StopEndpoint: "a temporary media id is not valid or has expired (after 3 days)" / "临时 mediaid 无效或已过期（有效期 3 天）";
        "give the files themselves, or new media ids of them (poilift media upload --temporary)" / "请直接填写文件，或用 poilift media upload --temporary 重新上传并填写新的 mediaid";
    Only(ModifyMerchant) 85056 StopEndpoint: "a temporary media id is not valid or has expired (after 3 days)" / "临时 mediaid 无效或已过期（有效期 3 天）";
        "give the files themselves, or new media ids of them (poilift media upload --temporary)" / "请直接填写文件，或用 poilift media upload --temporary 重新上传并填写新的 mediaid";

    // ---- One store: duplicates. What they say of this store is known only by reading.
    Only(AddStore) 85038 Ambiguous: "the platform has such a store already: maybe this one, maybe another at the same map point" / "门店重复：可能就是该店，也可能是同一位置点的其他门店";
        "nothing yet; if it turns out to be another store, give this one its own map_poi_id" / "暂无需处理；若核实为其他门店，请为该店填写自己的 map_poi_id";
    Only(AddStore) 85040 Ambiguous: "the store is bound already" / "此门店已被绑定";
        "nothing yet; if it turns out not to be bound to this account, look at it in the console" / "暂无需处理；若核实并非绑定在本账号，请在公众平台查看";
    Any 85038 FixRow: "the platform has such a store already" / "门店重复";
        "look at the store in the console" / "请在公众平台查看该门店";
    Any 85040 FixRow: "the store is bound already" / "此门店已被绑定";
        "look at the store in the console" / "请在公众平台查看该门店";

    // ---- One store: add_store (section 8).
    Any 85039 FixRow: "the store cannot be taken over in its present state, or another account has added it" / "此门店状态不能被获取信息，或已被其他账号添加";
        "look at it in the console" / "请在公众平台查看该门店";
    Any 85041 FixRow: "another store uses this credential already" / "该经营资质已被其他门店使用";
        "give each store its own licence number" / "请为每家门店填写各自的证件号";
    Any 85054 FixRow: "the row lacks its poi_id while the upgrade is unfinished" / "升级尚未完成，该行缺少 poi_id";
        "fill in the poi_id of the old store management" / "请填写旧门店管理中的 poi_id";
    Any 85055 FixRow: "map_poi_id is not valid" / "map_poi_id 无效";
        "look the point up again with search_map_poi" / "请用 search_map_poi 重新查找";
    Any 85056 FixRow: "a temporary media id is not valid or has expired (after 3 days)" / "临时 mediaid 无效或已过期（有效期 3 天）";
        "upload the file again, and give the new id in qualification_list" / "请重新上传，并在 qualification_list 中填写新的 mediaid";
    Any 85061 FixRow: "the phone number is bound too often" / "手机号绑定次数已达上限";
        "give another number in contract_phone" / "请更换 contract_phone";
    Any 85062 FixRow: "the phone number is on a blacklist" / "手机号在黑名单中";
        "give another number in contract_phone" / "请更换 contract_phone";
    Any 92000 FixRow: "another place uses this credential already" / "该经营资质已被其他地点使用";
        "give each store its own licence number" / "请为每家门店填写各自的证件号";
    Any 92003 FixRow: "another mini-program has taken this place" / "该地点已被其他小程序占用";
        "look at the place in the console, or give the store another map_poi_id" / "请在公众平台查看该地点，或更换 map_poi_id";
    Any 92005 NotYet: "the place is in review" / "该地点正在审核";
        "wait for its review" / "请等待审核结果";
    Any 92006 FixRow: "the place is on display already" / "该地点已在展示";
        "look at the place in the console" / "请在公众平台查看该地点";
    Any 92007 FixRow: "the place failed its review" / "该地点审核未通过";
        "see why in the console, and mend the store's data" / "请在公众平台查看原因并修改资料";
    Any 92008 FixRow: "the place is not on display" / "该地点未展示";
        "look at the place in the console" / "请在公众平台查看该地点";

    // ---- One store: what a request says.
    Any 47001 FixRow: "the platform cannot read the request" / "数据格式错误";
        "check the ids of this store: poi_id and map_poi_id are decimal digits" / "请检查该店的 poi_id 与 map_poi_id 是否为数字";
    Any 40097 FixRow: "a value is not accepted" / "参数有误";
        "check the store's fields against the platform's words" / "请对照平台原文检查该店字段";
    Any 40098 FixRow: "the poi_id is not valid" / "poi_id 无效";
        "copy the poi_id again from getpoilist" / "请从 getpoilist 重新复制 poi_id";
    Any 40104 FixRow: "the category is not valid" / "类目无效";
        "mend the store's category in the console" / "请在公众平台修改门店类目";
    Any 40004 FixRow: "the media file's type is not accepted" / "媒体文件类型不支持";
        "upload a jpg or png and give its id" / "请上传 jpg 或 png 并填写新的 mediaid";
    Any 40005 FixRow: "the file's type is not accepted" / "文件类型不支持";
        "upload a jpg or png and give its id" / "请上传 jpg 或 png 并填写新的 mediaid";
    Any 40006 FixRow: "the file's size is not accepted" / "文件大小不支持";
        "upload a smaller file and give its id" / "请上传较小的文件并填写新的 mediaid";
    Any 40007 FixRow: "a media id is not valid" / "mediaid 无效";
        "upload the file again, and give the new id in qualification_list" / "请重新上传，并在 qualification_list 中填写新的 mediaid";
    Any 40009 FixRow: "the picture is empty or over 1 MB" / "图片为空或超过 1 MB";
        "upload a picture under 1 MB with uploadimg and give its URL in pic_list" / "请用 uploadimg 上传 1 MB 以内的图片，并在 pic_list 中填写地址";
    Any 41005 FixRow: "no file arrived at the platform" / "缺少文件";
        "upload the file again" / "请重新上传";
    Any 41006 FixRow: "a media id is missing" / "缺少 mediaid";
        "give the media ids in qualification_list" / "请在 qualification_list 中填写 mediaid";
    Any 44001 FixRow: "the file is empty" / "文件为空";
        "upload the file again" / "请重新上传";
    Any 45001 FixRow: "the file is too large" / "文件过大";
        "upload a smaller file" / "请上传较小的文件";
    Any 45002 FixRow: "a text is too long" / "内容过长";
        "shorten the store's texts" / "请缩短该店的文字";

    // ---- One store: the old store management.
    Any 46005 FixRow: "the platform knows no such store" / "平台查无此店";
        "check the poi_id; if somebody removed the store, settle it with poilift accept" / "请检查 poi_id；若门店已被移除，请用 poilift accept 确认";
    Only(Delpoi) 46005 Ambiguous: "the platform knows no such store: maybe it is gone already" / "平台查无此店：可能已被删除";
        "nothing; it counts as deleted only after a reading" / "无需处理；查询核实后才视为已删除";
    Any 65104 FixRow: "the categories are not valid" / "门店类目无效";
        "mend the store's category in the console" / "请在公众平台修改门店类目";
    Any 65105 FixRow: "a picture's URL is not from uploadimg" / "图片地址不是 uploadimg 返回的";
        "upload the picture with uploadimg and give its URL in pic_list" / "请用 uploadimg 上传，并在 pic_list 中填写返回的地址";
    Any 65106 NotYet: "the old store has to be approved first" / "门店须先通过审核";
        "wait for its review in the old store management, or delete it there" / "请等待旧门店管理的审核，或在其中删除";
    Any 65107 NotYet: "the store is being changed" / "门店正在修改中";
        "wait until the change has passed its review" / "请等待修改审核完成";
    Any 65109 FixRow: "the store's name is empty" / "门店名称为空";
        "give the store a name in the old store management" / "请在旧门店管理中填写名称";
    Any 65110 FixRow: "the address is not valid" / "地址无效";
        "mend the store's address in the old store management" / "请在旧门店管理中修改地址";
    Any 65111 FixRow: "the telephone is not valid" / "电话无效";
        "give one number in contract_phone" / "请在 contract_phone 中填写一个号码";
    Any 65112 FixRow: "the city is not valid" / "城市无效";
        "mend the store's city in the old store management" / "请在旧门店管理中修改城市";
    Any 65113 FixRow: "the province is not valid" / "省份无效";
        "mend the store's province in the old store management" / "请在旧门店管理中修改省份";
    Any 65114 FixRow: "there are no pictures" / "图片列表为空";
        "give pictures in pic_list" / "请在 pic_list 中填写图片";
    Any 65115 FixRow: "the platform knows no such store" / "平台查无此店";
        "check the poi_id; if somebody removed the store, settle it with poilift accept" / "请检查 poi_id；若门店已被移除，请用 poilift accept 确认";
    Only(Delpoi) 65115 Done: "the store is gone already" / "门店已不存在";
        "nothing" / "无需处理";
    Only(UpdateStore) 65115 FixRow: "the store mini-program has no such store" / "门店小程序中没有该门店";
        "give the poi_id that was given after approval: poilift store list shows it" / "请填写审核通过后返回的 poi_id：可用 poilift store list 查询";
    Only(GetStoreInfo) 65115 FixRow: "the store mini-program has no such store" / "门店小程序中没有该门店";
        "give the poi_id that was given after approval: poilift store list shows it" / "请填写审核通过后返回的 poi_id：可用 poilift store list 查询";
    Only(DelStore) 65115 FixRow: "the store mini-program has no such store: it is gone already, or the poi_id is another one's" / "门店小程序中没有该门店：可能已删除，也可能 poi_id 有误";
        "give the poi_id that was given after approval: poilift store list shows it" / "请填写审核通过后返回的 poi_id：可用 poilift store list 查询";
    Any 65116 FixRow: "the store has been deleted" / "门店已被删除";
        "find out who deleted it, then settle it with poilift accept" / "请查明由谁删除，然后用 poilift accept 确认";
    Only(Delpoi) 65116 Done: "the store is deleted already" / "门店已被删除";
        "nothing" / "无需处理";
    Any 65117 NotYet: "the store cannot be deleted now (in review, or bound elsewhere)" / "暂不能删除（审核中或被占用）";
        "if it persists, see in the console what it is bound to" / "持续出现时请在公众平台查看其被何处占用";
    Any 65118 NotYet: "the store's state does not allow this yet" / "门店状态暂不允许此操作";
        "wait for its review" / "请等待审核结果";
    Only(UpdateStore) 65118 NotYet: "the store's state does not allow an update" / "该门店状态不允许更新";
        "wait for its review: poilift store get shows its status" / "请等待审核结果：可用 poilift store get 查询状态";
    Any 65119 FixRow: "papers of the company are missing" / "缺少主体资质";
        "give company_name and qualification_list" / "请填写 company_name 与 qualification_list";
    Any 65120 FixRow: "the category is not found" / "类目不存在";
        "mend the store's category in the console" / "请在公众平台修改门店类目";
}
