"""What a check of a root or registry can find. `tests/words_from_tables.py` writes the rows from spec/tables."""

# ruff: noqa: E501
# fmt: off

from typing import Literal

from healthpass.words._row import CodeName, Words


class FindingKind(CodeName):
    """A kind of finding; several may have one code.

    Attributes:
        code: the stable name that is told.
        severity: `error`, when a verifier would refuse the document or could judge nothing by it.
        words: what is the matter and what to do; a name in braces stands for a value.
    """

    code: str
    severity: Literal["error", "warning"]
    words: Words

    # findings.csv
    MALFORMED_SOURCE = "malformed-source", "malformed-source", "error", Words("{problem}", "源文件的内容不符合规范")
    EXPIRED = "expired", "expired", "error", Words("it expired at {end}: nothing can be judged by it", "已于 {end} 过期，无法据此判断")
    EXPIRES_SOON = "expires-soon", "expires-soon", "warning", Words("it expires at {end}: publish the next one", "将于 {end} 过期，请发布下一版")
    UNCHANGED = "unchanged", "unchanged", "warning", Words("it is the one that was given as the previous one", "与所给出的上一版完全相同")
    BROKEN_CHAIN = "broken-chain", "broken-chain", "warning", Words("its previous is not the hash of the previous registry", "与上一版本的杂凑链不连续")
    AHEAD_OF_CLOCK = "ahead-of-clock", "ahead-of-clock", "warning", Words("it is dated {issued}, and the clock here says {now}: one of the two is wrong, or it is too early to publish (AUT-9)", "签署时间是 {issued}，而本机时钟是 {now}：两者必有一误，否则发布为时过早（AUT-9）")
    NEEDLESS_SIGNATURE = "needless-signature", "needless-signature", "warning", Words("the signature of the key {kid} counts for nothing here", "密钥 {kid} 的签名在此不起作用")
    NOT_SHOWN = "not-shown", "not-shown", "warning", Words("it holds more than this version of healthpass reads", "含有本版本无法读取的内容")
    PREVIOUS_NOT_CHECKED_ROOT = "previous-not-checked-root", "previous-not-checked", "warning", Words("the root before it was not given, and the stores that hold that one ask its keys too", "没有给出上一版根，而信任上一版的信任库还要求其密钥签署")
    SINGLE_SIGNER = "single-signer", "single-signer", "warning", Words("one person alone can replace the root; a threshold of 2 or more is safer", "一个人就能更换根；门限设为 2 以上更安全")
    NO_SPARE_ROOT_KEY = "no-spare-root-key", "no-spare-root-key", "warning", Words("all root keys must sign: if one is lost, the root can never be replaced", "所有根密钥都必须签署：丢失任何一把，就再也不能更换根")
    EPOCH_OPENED = "epoch-opened", "epoch-opened", "warning", Words("it opens an epoch, in which no registry signed so far counts: publish it in one bundle with a registry of the new epoch", "启用新纪元，此前签署的登记库不再有效：请与新纪元的登记库放进同一个信任数据包一起发布")
    REGISTRY_KEY_KEPT = "registry-key-kept", "registry-key-kept", "warning", Words("it opens an epoch, and keeps the registry key {kid}: if that was stolen, the thief signs in the new epoch too", "启用了新纪元，却保留登记库密钥 {kid}：该密钥若已被盗，盗用者在新纪元中仍可签署")
    RECOGNITION_ENDED = "recognition-ended", "recognition-ended", "warning", Words("it ended at {end}: until it is renewed or removed, no code of its region counts here (PTH-3)", "已于 {end} 到期：在续期或移除之前，该地区的码在这里一律无效（PTH-3）")
    RECOGNITION_ENDS_SOON = "recognition-ends-soon", "recognition-ends-soon", "warning", Words("it ends at {end}: renew it, or let it lapse", "将于 {end} 到期，请续期，或任其失效")
    RECOGNITION_WITHOUT_SCOPE = "recognition-without-scope", "recognition-without-scope", "warning", Words("without colours and max_lifetime it allows nothing", "没有写明颜色和最长有效期，等于什么都不允许")
    ISSUER_SPOKEN_FOR = "issuer-spoken-for", "issuer-spoken-for", "warning", Words("{authority} is recognised here and speaks for it: this entry counts for nothing (PTH-3)", "这里认可的 {authority} 才有权代表它，本条目不起作用（PTH-3）")
    WEAK_KEY = "weak-key", "weak-key", "warning", Words("it is weak or published: verifiers drop it, and the office needs another", "属于弱密钥或已公开的密钥，验证者会将其剔除，该机构须另换密钥")
    RETIRED_BEFORE_FROM = "retired-before-from", "retired-before-from", "warning", Words("it is retired before it starts: good for nothing", "停用早于生效，不起任何作用")
    UNKNOWN_USE = "unknown-use", "unknown-use", "warning", Words("the use {use} is not known: good for nothing", "用途 {use} 无法识别，不起任何作用")
    KEY_WITHOUT_SCOPE = "key-without-scope", "key-without-scope", "warning", Words("without colours and max_lifetime it is good for nothing", "没有写明颜色和最长有效期，不起任何作用")
    KEY_ENDS_SOON = "key-ends-soon", "key-ends-soon", "warning", Words("it ends at {end}: the office needs its next key", "将于 {end} 到期，该机构需要下一把密钥")
    ISSUER_WITHOUT_KEYS = "issuer-without-keys", "issuer-without-keys", "warning", Words("it has no key that could sign a code", "没有可用于签发健康码的密钥")
    NO_KEY_FOR_A_TIME = "no-key-for-a-time", "no-key-for-a-time", "warning", Words("{when}it has no key that could sign a code", "{when}没有可用于签发健康码的密钥")
    NO_KEY_FOR_A_TIME_RETIRE = "no-key-for-a-time-retire", "no-key-for-a-time", "warning", Words("{when}it has no key that could sign a code: retire the old one no earlier than {end}", "{when}没有可用于签发健康码的密钥：旧密钥的停用不得早于 {end}")
    NO_SECOND_KEY = "no-second-key", "no-second-key", "warning", Words("it has no second key for credentials: if the one is stolen, it can sign nothing (AUT-2)", "没有签发凭证的备用密钥：现有的一把一旦被盗，就什么都不能签发（AUT-2）")
    NO_SECOND_KEY_FOR_A_TIME = "no-second-key-for-a-time", "no-second-key-for-a-time", "warning", Words("{when}it has no second key for credentials: if the one is stolen, it can sign nothing (AUT-2)", "{when}没有签发凭证的备用密钥：现有的一把一旦被盗，就什么都不能签发（AUT-2）")
    NO_SECOND_KEY_FOR_A_TIME_RETIRE = "no-second-key-for-a-time-retire", "no-second-key-for-a-time", "warning", Words("{when}it has no second key for credentials: retire the old one no earlier than {end}", "{when}没有签发凭证的备用密钥：旧密钥的停用不得早于 {end}")
    VERSION_GAP = "version-gap", "version-gap", "warning", Words("it is version {version}, and {last} is the last: count up by one (AUT-1)", "这是第 {version} 版，而上一版是第 {last} 版：版本号应逐一递增（AUT-1）")
    PREVIOUS_EXPIRED = "previous-expired", "previous-expired", "warning", Words("the last registry expired at {end}, before this one begins: gates have judged nothing since, or the clock by which this one is dated is ahead", "上一版登记库已于 {end} 过期，早于本版的签署时间：其间验码点无法判断，或者签署所用的时钟超前")
    REVOCATION_FORGOTTEN = "revocation-forgotten", "revocation-forgotten", "error", Words("it was revoked, and is not listed as it was: put the entry back (UPD-7, AUT-5)", "已被撤销，而撤销记录被删改：请原样恢复（UPD-7、AUT-5）")
    KEY_DROPPED = "key-dropped", "key-dropped", "warning", Words("it is dropped while codes that it signed may be in force: retire it, and keep it on the list", "所签的码可能仍然有效就被移除：请设定停用日期，并保留在列表中")
    STATUS_KEY_ENDS_DROPPED = "status-key-ends-dropped", "status-key-ends", "warning", Words("it is dropped while its lists may count, which takes back what they withdraw: retire it, and keep it on the list for 15 days after its last list (AUT-5)", "所签的状态列表可能仍然有效就被移除，列表中的撤回会随之失效：请设定停用日期，并在最后一份列表之后保留 15 天（AUT-5）")
    STATUS_KEY_ENDS_REVOKED = "status-key-ends-revoked", "status-key-ends", "warning", Words("once it is revoked, what its lists withdraw counts no longer: publish lists of another key that withdraw the same", "撤销之后，它所签列表中的撤回不再起作用：请用另一把密钥发布撤回内容相同的列表")
    STATUS_KEY_ENDS_RETIRED = "status-key-ends-retired", "status-key-ends", "warning", Words("from {end} on its lists only withdraw, and no code is good by them: publish lists of another key before", "自 {end} 起，它所签的列表只能撤回码，不能再证明码有效：请在此之前用另一把密钥发布列表")
    STATUS_ADDRESS_CHANGED = "status-address-changed", "status-address-changed", "warning", Words("its status lists stood at {old}, and those count no longer: publish all of them at the new address (STL-11)", "状态列表原来的地址是 {old}，那里的列表不再有效：请将全部列表在新地址重新发布（STL-11）")
    KEY_STARTS_EARLY = "key-starts-early", "key-starts-early", "warning", Words("it starts before {end}, when the last registry that lacks it expires: until then gates without news refuse what it signs (AUT-3)", "生效早于 {end}，即最后一版没有列入它的登记库到期之时：在此之前，没有更新的验码点会拒收它签的码（AUT-3）")
    RETIRED_IN_THE_PAST = "retired-in-the-past", "retired-in-the-past", "warning", Words("it is retired as of a time that has passed: codes that it signed since then fail (AUT-4)", "停用时间已经过去，此后所签的码都会失效（AUT-4）")
    PREVIOUS_MISSING = "previous-missing", "previous-missing", "warning", Words("it names no previous registry, and only the first has none: who monitors cannot follow", "没有写明上一版登记库，而只有第一版可以不写：监督者无法衔接")
    PREVIOUS_NOT_CHECKED_REGISTRY = "previous-not-checked-registry", "previous-not-checked", "warning", Words("the previous registry was not given, so nothing was compared with it", "没有给出上一版登记库，未作任何比较")
