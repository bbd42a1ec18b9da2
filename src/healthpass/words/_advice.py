"""What to tell the guard and the holder for each verdict, in English and Chinese.

The table of spec/registries/verdicts.csv as code; a test holds one against the other.
"""

from typing import Final, Literal, NamedTuple

Language = Literal["en", "zh"]


class Advice(NamedTuple):
    """One sentence each for the guard and for the holder. None accuses the holder."""

    guard_en: str
    guard_zh: str
    holder_en: str
    holder_zh: str


ADVICE: Final[dict[str, Advice]] = {
    "valid": Advice(
        "The code is authentic and in force; read its colour and act by the local rules.",
        "该码真实有效，请查看颜色并按本地规定处置。",
        "Your code has been verified; thank you.",
        "您的健康码已通过核验，谢谢配合。",
    ),
    "malformed-text": Advice(
        "This is not a complete health code; ask the holder to open the code and scan again, or "
        "check another way.",
        "未识别到完整的健康码，请持码人重新打开健康码后再次扫描，或改用其他方式查验。",
        "The code could not be read; please open it again on a bright screen, or show your ID card.",
        "未能读取您的健康码，请调亮屏幕重新打开后再试，或出示身份证件。",
    ),
    "unsupported-version": Advice(
        "The code has a format version that this device does not read; update the app, or check another way.",
        "该码的格式版本本设备暂不支持，请更新核验程序，或改用其他方式查验。",
        "The device here cannot read your code's version yet; please show your ID card or a paper proof.",
        "本处设备暂不支持您的健康码版本，请出示身份证件或纸质证明。",
    ),
    "malformed-envelope": Advice(
        "The code is damaged or incomplete; ask the holder to refresh it and scan again.",
        "该码内容受损或不完整，请持码人刷新后重新扫描。",
        "The code could not be read in full; please refresh it in the app, or ask the issuing "
        "office for a new one.",
        "您的健康码内容不完整，请在应用中刷新，或联系签发机构重新申领。",
    ),
    "not-recognised": Advice(
        "The issuer is known, but its codes are not recognised here at present; follow the local "
        "rule for such codes.",
        "该码签发机构已登记，但目前未与本地互认，请按未互认健康码的规定办理。",
        "Codes of your issuer are not recognised here at present; please register at the service "
        "desk with your ID card.",
        "您的健康码目前未与本地互认，请持身份证件到服务台登记。",
    ),
    "unknown-key": Advice(
        "No list on this device names the key of this code; update the lists and scan again, or "
        "check another way.",
        "本设备的登记库中没有该码的签发密钥，请更新登记库后重新扫描，或改用其他方式查验。",
        "We could not confirm who issued your code; please open it from the official app, or show your ID card.",
        "暂时无法确认您的健康码的签发机构，请从官方渠道重新打开，或出示身份证件。",
    ),
    "bad-signature": Advice(
        "The signature does not match the content, so do not rely on this code; ask the holder "
        "to open it again and rescan.",
        "签名与内容不符，不能以该码作为依据，请持码人从官方渠道重新打开后再次扫描。",
        "Your code could not be confirmed; please open it again from the official app, or ask the issuing office.",
        "您的健康码未能通过核验，请从官方渠道重新打开，或咨询签发机构。",
    ),
    "malformed-payload": Advice(
        "The content is not encoded as required; ask the holder for a refreshed code, or check another way.",
        "该码内容编码不符合规范，请持码人刷新后重新扫描，或改用其他方式查验。",
        "Your code was made with a technical fault; please renew it or ask the issuing office, "
        "and show your ID card meanwhile.",
        "您的健康码存在技术问题，请刷新或联系签发机构，期间可出示身份证件。",
    ),
    "malformed-claims": Advice(
        "The code's statements break the rules of the format, an error of the issuer; check another way.",
        "该码所载信息不符合规范，属签发环节问题，请改用其他方式查验。",
        "Your code was issued with an error; please ask the issuing office for a new one, and "
        "show your ID card meanwhile.",
        "您的健康码在签发时出现差错，请联系签发机构重新签发，期间可出示身份证件。",
    ),
    "unsupported-claim": Advice(
        "The code has a statement that this device does not know; update the app, or check another way.",
        "该码含有本设备尚不支持的内容，请更新核验程序，或改用其他方式查验。",
        "The device here does not know all that your code states; please show your ID card or a paper proof.",
        "本处设备暂不能识别您的健康码的全部内容，请出示身份证件或纸质证明。",
    ),
    "issuer-mismatch": Advice(
        "The code names another issuer than the one its key belongs to; do not rely on it and check another way.",
        "该码所载签发机构与登记库不一致，不能作为依据，请改用其他方式查验。",
        "The issuer of your code could not be confirmed; please ask the issuing office, and show "
        "your ID card meanwhile.",
        "您的健康码的签发机构信息无法确认，请咨询签发机构，期间可出示身份证件。",
    ),
    "wrong-environment": Advice(
        "This device holds the registry of another environment, such as a test; stop using it "
        "and call its operator.",
        "本设备所用登记库与核验环境不符（如测试环境），请停用并通知设备管理人员。",
        "The device here is not set up correctly, which is not your code's fault; please use "
        "another lane or show your ID card.",
        "本处设备设置有误，与您的健康码无关，请到其他通道或出示身份证件。",
    ),
    "key-revoked": Advice(
        "The key that signed this code has been revoked, so the code no longer counts; ask the "
        "holder to renew it.",
        "该码的签发密钥已被撤销，该码不再有效，请持码人重新申领。",
        "A key of your issuer has been revoked, so your code has to be renewed; please do so "
        "in the app or at the issuing office.",
        "签发您的健康码所用的密钥已撤销，请在应用中刷新，或到签发机构重新办理。",
    ),
    "registry-stale": Advice(
        "The lists on this device are out of date and nothing can be said of this code; update "
        "them and scan again.",
        "本设备的登记库已过期，无法作出判断，请更新登记库后重新扫描。",
        "The lists here are out of date, which is not your code's fault; please wait a moment or "
        "show your ID card.",
        "本处登记库未及时更新，与您的健康码无关，请稍候或出示身份证件。",
    ),
    "key-not-valid": Advice(
        "The issuer's key was not valid for signing this code when it was issued; ask the holder "
        "to renew it, or check another way.",
        "签发该码时所用密钥不在有效使用范围内，请持码人重新申领，或改用其他方式查验。",
        "Your code was signed with a key that was not valid at the time; please renew it, or ask "
        "the issuing office.",
        "签发您的健康码时所用密钥无效，请刷新健康码，或联系签发机构。",
    ),
    "out-of-scope": Advice(
        "The issuer may not issue a code of this colour, lifetime or kind for use here; follow "
        "the local rule for such codes.",
        "该码的颜色、有效期或类型超出本地认可的签发权限，请按本地规定办理。",
        "Your code is of a kind that is not accepted here; please register at the service desk with your ID card.",
        "您的健康码类型不在本地认可范围内，请持身份证件到服务台登记。",
    ),
    "clock-suspect": Advice(
        "The clock of this device is wrong and no code can be judged; set the clock and scan again.",
        "本设备时间不准确，无法作出判断，请校准时间后重新扫描。",
        "The clock of the device here is wrong, which is not your code's fault; please wait a "
        "moment or show your ID card.",
        "本处设备时间有误，与您的健康码无关，请稍候或出示身份证件。",
    ),
    "not-yet-valid": Advice(
        "The code is not in force yet; check this device's clock, and ask for the code that is in force now.",
        "该码尚未生效，请核对设备时间，并请持码人出示当前有效的健康码。",
        "Your code is not in force yet; please open the one that is valid now, or show your ID card.",
        "您的健康码尚未生效，请出示当前有效的健康码或身份证件。",
    ),
    "expired": Advice(
        "The code has expired; ask the holder to renew it and scan again.",
        "该码已过有效期，请持码人更新后重新扫描。",
        "Your code has expired; please renew it in the app, or show your ID card or a paper proof.",
        "您的健康码已过有效期，请在应用中更新，或出示身份证件、纸质证明。",
    ),
    "status-unknown": Advice(
        "Whether this code is still in force cannot be told; update the status lists and scan again.",
        "无法确认该码是否已被撤回，请更新状态列表后重新扫描。",
        "The state of your code cannot be looked up here now, which is not your fault; please "
        "wait a moment or show your ID card.",
        "暂时无法查询您的健康码状态，并非您的原因，请稍候或出示身份证件。",
    ),
    "revoked": Advice(
        "The issuer has withdrawn this code; ask the holder to fetch the current one and scan again.",
        "该码已被签发机构撤回，请持码人获取最新健康码后重新扫描。",
        "The issuer has withdrawn this code; please refresh it in the app, or ask the issuing office why.",
        "签发机构已撤回此码，请在应用中刷新获取新码，或向签发机构咨询原因。",
    ),
    "presentation-required": Advice(
        "This code must be shown live from the holder's app; ask the holder to open it there and scan again.",
        "该码须由持码人在本人设备上实时出示，请打开应用后重新扫描。",
        "Please open your health code in the app and show the live code, or ask for a paper code "
        "at the service desk.",
        "请在应用中打开健康码并实时出示，如有不便可到服务台办理纸质码。",
    ),
    "presentation-mismatch": Advice(
        "The code shown does not answer this checkpoint's request; have the holder open it again here and rescan.",
        "所出示的码与本次核验请求不符，请持码人在现场重新打开后再次扫描。",
        "Please open your health code again here, and first scan the checkpoint's QR if there is one.",
        "请在现场重新打开健康码；如现场设有二维码，请先行扫描。",
    ),
    "presentation-stale": Advice(
        "The code shown is not fresh; ask the holder to refresh it on the device and scan again at once.",
        "所出示的码已超出显示时限，请持码人刷新后立即重新扫描。",
        "The code on your screen is out of date; please refresh it, and check that your phone's "
        "clock is set automatically.",
        "屏幕上的健康码已过时，请刷新，并确认手机已设为自动校时。",
    ),
    "no-code": Advice(
        "No health code could be read; scan again, or check another way.",
        "未读取到健康码，请重新扫描，或改用其他方式查验。",
        "No health code could be read; please open it on a bright screen, or show your ID card.",
        "未能读取到健康码，请调亮屏幕重新打开后再试，或出示身份证件。",
    ),
}
