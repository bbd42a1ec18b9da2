"""The levels of a check, and what can be the matter, in words."""

from healthpass.words._row import CodeName, Words


class Level(CodeName):
    """How bad it is, as plugins of Nagios and Icinga tell it; each member equals its code, a plain string.

    Attributes:
        exit_code: the exit code of such a plugin.
        rank: how it compares: `unknown` is worse than `ok` and `warning`, and not as bad as `critical`.
        words: what it means.
    """

    exit_code: int
    rank: int
    words: Words

    OK = "ok", 0, 0, Words("all is well", "正常")
    WARNING = "warning", 1, 1, Words("something needs attention soon", "需要关注")
    CRITICAL = "critical", 2, 3, Words("something fails, or is about to", "严重")
    UNKNOWN = "unknown", 3, 2, Words("it cannot be told", "无法得知")


class Matter(CodeName):
    """What is the matter; each member equals its code, a plain string.

    Attributes:
        words: what it means.
        advice: what to do about it.
    """

    words: Words
    advice: Words

    ENDS = (
        "ends",
        Words("it ends at that time", "到此时失效"),
        Words("have what follows it published and fetched before then", "请在此之前发布并获取后续内容"),
    )
    ENDED = (
        "ended",
        Words("it has ended", "已失效"),
        Words(
            "compare the clock, then see whether updates run and what their source publishes",
            "请先核对时钟，再查看更新是否运行、来源是否发布了新内容",
        ),
    )
    UNREADABLE = (
        "unreadable",
        Words("it cannot be read", "无法读取"),
        Words(
            "give the account of the check the right to read it; see whether its server runs; "
            "put back what is damaged from a copy",
            "请授予检查账户读取权限；请查看其服务器是否运行；内容损坏时，请用副本恢复",
        ),
    )
    NO_ANCHOR = (
        "no-anchor",
        Words("the store trusts nobody", "信任库没有信任锚"),
        Words("healthpass trust pin STORE ROOT.cbor", "healthpass trust pin 信任库 ROOT.cbor"),
    )
    NO_REGISTRY = (
        "no-registry",
        Words("nothing that counts is held of this authority", "尚无该主管机关的可用内容"),
        Words("healthpass trust update STORE SOURCE", "healthpass trust update 信任库 来源"),
    )
    NOT_IN_FORCE = (
        "not-in-force",
        Words("a policy or a risk map is held, and nobody can follow it", "已持有通行规则或风险地图，但均未生效"),
        Words(
            "healthpass trust show tells what is the matter with its key; have the office sign anew",
            "healthpass trust show 可查看其密钥的情况；请由机构重新签署",
        ),
    )
    NO_LISTS = (
        "no-lists",
        Words(
            "the registry names an address of status lists, and none is held",
            "登记库列有状态列表网址，但本库没有列表",
        ),
        Words("update the store from the address of the lists too", "请同时从状态列表的网址更新"),
    )
    NO_SPEAKER = (
        "no-speaker",
        Words("an authority lists issuers for which nobody speaks here", "有机构已登记，但此处无人有权为其发言"),
        Words(
            "healthpass trust show tells whose names they are: that anchor must recognise the authority",
            "healthpass trust show 可查看名称归属：应由该信任锚认可此主管机关",
        ),
    )
    CLOCK_BEHIND = (
        "clock-behind",
        Words("the clock here is behind a time that was signed", "本机时间早于已签署的时间"),
        Words("set the clock of this machine", "请校准本机时钟"),
    )
    CLOCK_OFF = (
        "clock-off",
        Words("the clock here differs from that of the address", "本机时间与网址所示时间不一致"),
        Words("compare both with a third clock, and set the wrong one", "请与第三个时钟核对，并校准有误的一个"),
    )
    CONTRADICTION = (
        "contradiction",
        Words("two documents of the same version say different things", "同一版本出现内容不同的两份文件"),
        Words("keep both, and ask the authority at once", "请保存两份文件，并立即询问主管机关"),
    )
    UNREACHABLE = (
        "unreachable",
        Words("the address does not answer with a whole bundle", "该网址没有返回完整内容"),
        Words(
            "open the address from another network; see what the server says",
            "请从其他网络访问该网址，并查看服务器信息",
        ),
    )
    REFUSED = (
        "refused",
        Words("a document was refused", "有文件被拒绝"),
        Words(
            "ask who publishes it; healthpass inspect shows what it says",
            "请询问发布者；healthpass inspect 可查看内容",
        ),
    )
    OLDER = (
        "older",
        Words("it is older than what is held", "早于已有内容"),
        Words("see whether a cache or a copy stands in the way", "请查看是否有缓存或旧副本"),
    )
    NOT_PUBLISHED = (
        "not-published",
        Words("the ledger has published no status list", "台账尚未发布状态列表"),
        Words("healthpass status publish LEDGER", "healthpass status publish 台账"),
    )
    WENT_BACK = (
        "went-back",
        Words("the ledger says less than was known of it before", "台账内容少于此前已知的内容"),
        Words(
            "see whether a copy was put back, or two are in use; then status restore, or recover in PostgreSQL",
            "请查明是否恢复过旧副本或同时使用两个台账，然后执行 status restore；PostgreSQL 台账用 recover",
        ),
    )
    FEW_LISTS = (
        "few-lists",
        Words("few numbers are left for new lists", "可用的新列表号不多"),
        Words("let codes expire sooner, or take another issuer id", "请缩短码的有效期，或启用另一个机构标识"),
    )
    NOTHING = (
        "nothing",
        Words("there is no document in it", "其中没有任何文件"),
        Words("see what the publishing job has written", "请查看发布任务写出的内容"),
    )
    LIST_MISSING = (
        "list-missing",
        Words("a status list that was published is not there", "缺少已发布的状态列表"),
        Words("publish all lists of the ledger again", "请重新发布台账的全部列表"),
    )
