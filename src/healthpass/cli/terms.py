"""Words of the command line that stand in no table, in English and Chinese."""

from typing import Final

from healthpass import Words

ANCHOR: Final = Words("anchor", "信任锚")
RECOGNISED: Final = Words("recognised", "已认可")
REVOKED: Final = Words("revoked", "已撤销")
RETIRED: Final = Words("retired", "已停用")
AHEAD: Final = Words("not yet in use", "尚未启用")
ENDED: Final = Words("ended", "已到期")
LISTS: Final = Words("status lists", "状态列表")
WEAK: Final = Words("weak or published, counts as not there", "弱密钥，视为未登记")
