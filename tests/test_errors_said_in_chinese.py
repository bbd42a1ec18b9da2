"""What goes wrong in each room, by real calls, and what a reader of Chinese is told of it."""

# ruff: noqa: E501 - an error stands in one line

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import cbor2
import pyarrow as pa
import pytest
from PIL import Image
from pydantic import ValidationError

from authorities import Region
from coloring_at_random import table
from forging import DAY, GREEN, ISSUER, KEY, NOW, REGISTRY, claims, issued, judged, signed
from healthpass import (
    Color,
    HealthCode,
    HealthpassError,
    HolderKey,
    Issuer,
    PublicKey,
    Registry,
    SigningKey,
    Verifier,
    bind_document,
    mask_name,
    present,
    problems_of,
    prove,
    qr,
    read_time,
    scan,
    sheet,
)
from healthpass.authority import read_source
from healthpass.bulk import verify_batch
from healthpass.chinese import in_chinese
from healthpass.coloring import ColorRules, read_events
from healthpass.deciding import read_cases, read_policy
from healthpass.documents._document import parse
from healthpass.fetch import fetch
from healthpass.health import check_ledger, check_store
from healthpass.ledger import Head, SqliteLedger, open_ledger
from healthpass.signers import encrypt_key, open_signer
from healthpass.store import TrustStore
from offices import Office

PHONE: Final = HolderKey.generate()


def told(messages: Sequence[str | None]) -> None:
    """Raise several messages as one error, as the library does."""
    raise ValueError("; ".join(filter(None, messages)))


def problems(**members: Any) -> None:
    """Read a health code from JSON, and tell what is wrong with it."""
    with pytest.raises(ValidationError) as caught:
        HealthCode.model_validate_json(json.dumps(members))
    told(problems_of(caught.value))


def policy(*rules: dict[str, Any]) -> Any:
    """Read the source of a policy."""
    return read_policy(json.dumps({"names": {"zh": "规则", "en": "Rules"}, "zone": 480, "rules": rules}))


def judged_rows(**columns: list[Any]) -> None:
    """Verify a batch, and tell what is wrong with its rows."""
    batch = verify_batch(pa.RecordBatch.from_pydict(columns), Verifier(REGISTRY), at=NOW)
    told([row["error"] for row in batch.to_pylist()])


def store(folder: Path) -> TrustStore:
    """Make a store that trusts a region."""
    made, region = TrustStore.create(folder / "trust"), Region("CN-33")
    region.publish()
    made.pin("CN-33", version=1, digest=region.pin.digest)
    made.update(region.bundle(), at=NOW)
    return made


def damaged(folder: Path) -> None:
    """Open a store whose record was written over."""
    store(folder)
    (folder / "trust/trust.json").write_text("{")
    TrustStore.open(folder / "trust")


def tampered(folder: Path) -> None:
    """Check a log in which somebody has changed a line."""
    office = Office(folder / "ledger")
    office.issue(2)
    office.sql("UPDATE log SET facts = '{}' WHERE number = 1")
    office.ledger.verify_chain()


def gone_back(folder: Path) -> None:
    """Use a ledger in whose place an older copy was put."""
    office = Office(folder / "ledger")
    before = office.file.read_bytes()
    office.issue(2)
    office.ledger.close()
    office.file.write_bytes(before)
    Office(folder / "ledger").issue()


def opened_with(passphrase: str, folder: Path) -> None:
    """Open a key file."""
    (folder / "key.pem").write_text(encrypt_key(KEY, "correct horse battery"))
    with open_signer(folder / "key.pem", passphrase=passphrase):
        pass


def opened(uri: str) -> None:
    """Open a key."""
    with open_signer(uri) as key:
        key.sign(b"")


def white() -> bytes:
    """Return a picture with no code."""
    file = BytesIO()
    Image.new("L", (200, 200), 255).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("call", "zh"),
    [
        (lambda _: judged("HP1:" + "A" * 4000), "malformed-text：码文本有 4004 个字符，最多为 2048 个"),
        (
            lambda _: judged("HP2:ABC"),
            "unsupported-version：码文本的密码套件为 'HP2:'，这里能读取的为 'HP1:' 或 'HPP1:'",
        ),
        (lambda _: judged("HP1:abc"), "malformed-text：'HP1:' 之后的内容不是 Base45（RFC 9285）"),
        (
            lambda _: judged(signed(cbor2.dumps(claims(iss="CN-31.WJW")))),
            "issuer-mismatch：码所载的签发机构，与登记库中该密钥的签发机构不同",
        ),
        (
            lambda _: judged(issued(), registry=Registry.pinned({})),
            "unknown-key：没有 kid 为 93e25e8dafb1c367 的可信密钥",
        ),
        (lambda _: judged(issued(), at=NOW + 3 * DAY), "expired：码已不在有效期内"),
        (
            lambda _: judged(issued(), waive={"revoked"}),
            "只有以下结论可以豁免：clock-suspect, presentation-required, registry-stale, status-unknown",
        ),
        (
            lambda _: judged(issued(holder_key=PHONE.public_key)),
            "presentation-required：该码绑定了设备，出示时却没有出示码",
        ),
        (
            lambda _: Registry.pinned({ISSUER: cast("Any", KEY.public_key)}),
            "CN-33-01.WJW 的密钥应为列表：写 [key]，而不是 key",
        ),
        (lambda _: PublicKey.from_pem(b"x"), "这不是只含一个 PUBLIC KEY 的 PEM 文件"),
        (lambda _: SigningKey.from_seed(b"short"), "种子应为 32 字节，而不是 5 字节"),
        (lambda _: read_time("2026-11-01"), "应为带时区的 RFC 3339 时间，例如 2026-11-01T08:00:00+08:00"),
        (
            lambda _: bind_document("passport", "11010519491231002X", opening=bytes(16)),
            "这是另一种证件（resident-id）的号码，passport 没有这样的号码",
        ),
        (
            lambda _: bind_document("passport", "DE 123", opening=bytes(16)),
            "号码的写法不符合 passport，正确的例如 CHN-E00000000；德国护照写作 D，而不是 DEU",
        ),
        (lambda _: mask_name("张*三"), "姓名不应为空，也不应含有 *：已脱敏的是标签"),
        (
            lambda _: issued(HealthCode(color=Color.GREEN, holder="张•*")),
            "holder 中不应含有 U+2022：人名各部分之间请用间隔号 U+00B7",
        ),
        (
            lambda _: issued(HealthCode(color=Color.GREEN, holder="张三")),
            "label-unmasked：标签中没有 *：应只显示姓名的一部分，其余以 * 代替（ISS-3）（如确认无误，写 accept=['label-unmasked'] 即按原样签发）",
        ),
        (
            lambda _: problems(color="grey", evidence=[{"type": "recovery"}], holder=5, foo=1, binding="00" * 16),
            "color：应为以下之一：green, yellow, red；holder：应为字符串；binding：应不多于 16 字节；evidence[0].day：缺少该成员；foo：没有这样的成员",
        ),
        (lambda _: present(issued(), PHONE), "凭证绑定了另一把设备密钥，或未绑定设备"),
        (lambda _: prove("x", PHONE, issuer=ISSUER), "这不是机构的挑战：码文本应以 'HPE1:' 开头"),
        (
            lambda _: Issuer(ISSUER, signer=KEY, registry=Registry.pinned({}), lifetime=DAY).issue(GREEN),
            "任何验码点都不接受这个码（unknown-key）：没有 kid 为 93e25e8dafb1c367 的可信密钥",
        ),
        (lambda _: read_source(b"{"), "不是 JSON：应为双引号中的成员名（第 1 行第 2 列）"),
        (
            lambda _: read_source(
                json.dumps(
                    {
                        "typ": "application/vnd.healthpass.root+cose",
                        "authority": 5,
                        "epoch": -1,
                        "root_keys": [{}],
                        "foo": 1,
                    }
                ).encode()
            ),
            "authority：实际为 5，应为字符串；environment：缺少该成员；epoch：实际为 -1，应为 1 至 2^53 - 1 的整数；version：缺少该成员；issued：缺少该成员；expires：缺少该成员；root_threshold：缺少该成员；root_keys[0]：实际为对象，应为字符串；registry_threshold：缺少该成员；registry_keys：缺少该成员；foo：没有这个字段",
        ),
        (lambda _: parse(b"junk"), "malformed-envelope：字节不符合签名文件的结构：开头有误"),
        (
            lambda _: policy({"id": "a b", "when": {"color": ["grey"]}, "then": "admit"}),
            "rules[0].id：实际为 'a b'，应为 1 至 32 个小写字母、数字和连字符组成的名称；rules[0].when.color[0]：实际为 'grey'，应为以下之一：green, yellow, red，或其他代码的编号",
        ),
        (
            lambda _: policy({"id": "a", "when": {}, "then": "quarantine"}),
            "rules[0].then：实际为 'quarantine'，应为以下之一：admit, home-quarantine, central-quarantine, turn-back, refer",
        ),
        (
            lambda _: read_cases(b"case,verdict\na,foo\n", policy({"id": "a", "when": {}, "then": "admit"})),
            "没有名为 'verdict' 的列：可用的列有 case, source, at, color, reason, issuer, origin, residence, tests, departures, doses, recovered, starts, waived, shown, document, answers, place, action, duties, last_day, rule, asks；缺少 'at' 列；缺少 'action' 列",
        ),
        (
            lambda _: read_cases(
                b"case,at,action,color,rule\na,5,admit,grey,b\n", policy({"id": "a", "when": {}, "then": "admit"})
            ),
            "第 2 行：at：实际为 '5'，应为通行规则所用时区的日期和时间，例如 2022-06-28 09:00",
        ),
        (
            lambda _: ColorRules.read(table({"id": "x", "color": "red"})),
            "rules[0]：yellow 和 red 应有 reason，其他不应有",
        ),
        (
            lambda _: ColorRules.read(
                table(
                    {
                        "id": "x",
                        "color": "red",
                        "reason": "exposure",
                        "say": {"zh": "a", "en": "b"},
                        "on": {"event": "tset"},
                    }
                )
            ),
            "rules[0].on.event：实际为 'tset'，应为以下之一：declaration, check-in, exposure, stay, arrival, test, diagnosis, discharge, order, release",
        ),
        (
            lambda _: read_events("2020-02-11 09:00 foo", 480),
            "'2020-02-11 09:00 foo'：应为以下之一：declaration, check-in, exposure, stay, arrival, test, diagnosis, discharge, order, release",
        ),
        (lambda _: qr.png("A" * 5000), "text：应为 1 至 3391 个字符（纠错等级 M），实际为 5000 个"),
        (lambda _: scan.scan(b"x"), "不是这里能读取的图片：应为 PNG, JPEG, WEBP"),
        (lambda _: scan.scan(white()), "未找到二维码：请靠近一些，增加光线，拿稳，并使整个码连同白边都在画面内"),
        (
            lambda _: scan.scan(qr.png("FOO:123")),
            "是二维码，但不是健康码：开头不是以下任何一个：HP1:, HPP1:；这是另一种码，请出示正确的码",
        ),
        (lambda _: sheet.svg("hello"), "这不是凭证的码文本：malformed-text：码文本应以 'HP1:' 或 'HPP1:' 开头"),
        (lambda p: open_ledger(str(p / "none")), "无法打开台账 '/d/none'：没有这个文件夹"),
        (
            lambda p: (SqliteLedger.create(p / "l", ISSUER), SqliteLedger.create(p / "l", ISSUER)),
            "无法创建台账 '/d/l'：文件已存在：'l'",
        ),
        (
            lambda p: Office(p / "l").ledger.revoke(bytes(12), by="x", why="y"),
            "台账中没有码 000000000000000000000000：它不是在这里签发的，或已被清除",
        ),
        (lambda p: Office(p / "l").ledger.revoke(b"x", by="x", why="y"), "cti 应为 12 字节，而不是 1 字节"),
        (tampered, "日志被篡改：第 1 行的内容或码与当初写入的不同"),
        (
            gone_back,
            "无法在台账 '/d/ledger' 中预留位置：台账退回到以前：日志曾写到第 2 行，而现在的日志止于第 1 行；目前可以读取，不能更改：请先用 `healthpass status restore` 修复",
        ),
        (lambda _: Head.parse("5"), "应为一个数字、一个冒号和 64 位十六进制数字"),
        (
            lambda p: TrustStore.open(p / "none"),
            "无法读取信任库 '/d/none'：没有这个文件或文件夹（/d/none）；请从副本恢复，或新建一个，再固定根并更新",
        ),
        (
            damaged,
            "无法读取信任库 '/d/trust'：trust.json 或其所指的内容已损坏，或由其他版本或手工写入（JSON 无效：对象没有结束（第 1 行第 1 列））；请从副本恢复，或新建一个，再固定根并更新",
        ),
        (
            lambda p: (store(p), TrustStore.open(p / "trust", environment="test")),
            "信任库 '/d/trust' 用于 'production' 环境，而所要求的是 'test'",
        ),
        (lambda p: store(p).unpin("CN-31"), "'CN-31' 不是这里的信任锚；信任锚有：CN-33"),
        (
            lambda p: told([r.message for r in store(p).update(b"junk")]),
            "字节不符合签名文件的结构：开头有误",
        ),
        (
            lambda p: told([f.message for f in check_store(store(p).path, at=NOW + 40 * DAY).findings]),
            "登记库 1（CN-33）已失效 9 天；根 1（CN-33）将于 360 天后失效",
        ),
        (
            lambda p: told([f.message for f in check_store(p / "none", at=NOW).findings]),
            "无法读取信任库 '/d/none'：没有这个文件或文件夹（/d/none）；请从副本恢复，或新建一个，再固定根并更新",
        ),
        (
            lambda p: told([f.message for f in check_ledger(Office(p / "l").path, at=NOW).findings]),
            "CN-33-01.WJW 尚未发布过状态列表",
        ),
        (
            lambda _: fetch("http://example.com/x"),
            "网址 'http://example.com/x' 不是 https；不使用 TLS 时，只能从本机获取信任数据包",
        ),
        (
            lambda _: fetch("http://127.0.0.1:9/x"),
            "无法从 'http://127.0.0.1:9/x' 获取：ConnectError：[Errno 111] 连接被拒绝",
        ),
        (lambda _: opened("exec:false"), "程序 'false' 已结束，退出码为 1"),
        (lambda _: opened("exec:nonesuch-program"), "无法启动程序 'nonesuch-program'：没有这个文件或文件夹"),
        (lambda _: opened("pkcs11:token=a"), "pkcs11：应写明令牌和对象，例如 pkcs11:token=office;object=registry"),
        (lambda p: opened(str(p / "none.pem")), "无法读取 '/d/none.pem'：没有这个文件或文件夹"),
        (lambda p: opened_with("wrong", p), "'/d/key.pem'：口令错误，或其中没有 Ed25519 密钥"),
        (lambda _: encrypt_key(KEY, "abc"), "口令应不少于 12 个字符，而不是 3 个"),
        (lambda _: judged_rows(ref=["a"]), "缺少 'text' 列"),
        (lambda _: judged_rows(text=["a"], txet=["b"]), "没有名为 'txet' 的列；可用的列有 ref, text, error"),
        (lambda _: judged_rows(text=[5]), "'text' 列应为文本，这里的类型却是 int64"),
        (
            lambda _: judged_rows(json=["{]", '{"a": 1}', "5", None]),
            "unreadable：不是 JSON：应为双引号中的成员名（第 2 个字符处）；unreadable：没有名为 'a' 的成员；unreadable：不是 JSON 对象；unreadable：没有 JSON",
        ),
        (
            lambda _: Verifier(Registry.pinned({}), policy="CN-33.X"),
            "手工指定的登记库中没有机构的通行规则；请给出已打开的通行规则",
        ),
    ],
)
def test_is_said_in_chinese(call: Callable[[Path], object], zh: str, tmp_path: Path) -> None:
    """The whole of an error is Chinese, and its values stand in their places."""
    with pytest.raises((HealthpassError, ValueError, TypeError)) as caught:
        call(tmp_path)
    assert in_chinese(str(caught.value)).replace(str(tmp_path), "/d") == zh
