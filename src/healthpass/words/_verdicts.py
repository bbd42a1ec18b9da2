"""The verdicts: the one stable code that each judgement ends in. `tests/words_from_tables.py` writes their rows."""

# ruff: noqa: E501
# fmt: off

from typing import Final, Literal

from healthpass.words._row import CodeName, Words


class Verdict(CodeName):
    """A verdict of spec/credential.md, section 12; each member equals its code, a plain string.

    Attributes:
        step: number of the step that gives it first, 1 to 14; 0 for `valid` and `no-code`.
        outcome: `valid`, `not valid`, or `cannot judge` where the verifier's own means do not suffice.
        waivable: whether a caller may waive it, by name (VER-8).
        guard: a sentence for the guard: what was found and what to do now.
        holder: a sentence for the holder: what it means and what they can do. None accuses the holder.
    """

    step: int
    outcome: Literal["valid", "not valid", "cannot judge"]
    waivable: bool
    guard: Words
    holder: Words

    # verdicts.csv
    MALFORMED_TEXT = "malformed-text", 1, "not valid", False, Words("This is not a complete health code; ask the holder to open the code and scan again, or check another way.", "未识别到完整的健康码，请持码人重新打开健康码后再次扫描，或改用其他方式查验。"), Words("The code could not be read; please open it again on a bright screen, or show your ID card.", "未能读取您的健康码，请调亮屏幕重新打开后再试，或出示身份证件。")
    UNSUPPORTED_VERSION = "unsupported-version", 1, "not valid", False, Words("The code has a format version that this device does not read; update the app, or check another way.", "本设备暂不支持该码的格式版本，请更新核验程序，或改用其他方式查验。"), Words("The device here cannot read your code's version yet; please show your ID card or a paper proof.", "本处设备暂不支持您的健康码版本，请出示身份证件或纸质证明。")
    MALFORMED_ENVELOPE = "malformed-envelope", 2, "not valid", False, Words("The code is damaged or incomplete; ask the holder to refresh it and scan again.", "该码内容受损或不完整，请持码人刷新后重新扫描。"), Words("The code could not be read in full; please refresh it in the app, or ask the issuing office for a new one.", "您的健康码内容不完整，请在应用中刷新，或联系签发机构换发。")
    NOT_RECOGNISED = "not-recognised", 3, "not valid", False, Words("The issuer is known, but its codes are not recognised here at present; follow the local rule for such codes.", "该码的签发机构已登记，但目前未获本地认可，请按未认可健康码的规定办理。"), Words("Codes of your issuer are not recognised here at present; please register at the service desk with your ID card.", "您的健康码目前未获本地认可，请持身份证件到服务台登记。")
    UNKNOWN_KEY = "unknown-key", 3, "not valid", False, Words("No list on this device names the key of this code; update the lists and scan again, or check another way.", "本设备的登记库中没有该码的签发密钥，请更新登记库后重新扫描，或改用其他方式查验。"), Words("We could not confirm who issued your code; please open it from the official app, or show your ID card.", "暂时无法确认您的健康码的签发机构，请从官方渠道重新打开，或出示身份证件。")
    BAD_SIGNATURE = "bad-signature", 4, "not valid", False, Words("The signature does not match the content, so do not rely on this code; ask the holder to open it again and rescan.", "签名与内容不符，不能以该码作为依据，请持码人从官方渠道重新打开后再次扫描。"), Words("Your code could not be confirmed; please open it again from the official app, or ask the issuing office.", "您的健康码未能通过核验，请从官方渠道重新打开，或咨询签发机构。")
    MALFORMED_PAYLOAD = "malformed-payload", 5, "not valid", False, Words("The content is not encoded as required; ask the holder for a refreshed code, or check another way.", "该码内容编码不符合规范，请持码人刷新后重新扫描，或改用其他方式查验。"), Words("Your code was made with a technical fault; please renew it or ask the issuing office, and show your ID card meanwhile.", "您的健康码存在技术问题，请换领新码或联系签发机构，期间可出示身份证件。")
    MALFORMED_CLAIMS = "malformed-claims", 6, "not valid", False, Words("The code's statements break the rules of the format, an error of the issuer; check another way.", "该码所载信息不符合规范，属签发环节问题，请改用其他方式查验。"), Words("Your code was issued with an error; please ask the issuing office for a new one, and show your ID card meanwhile.", "您的健康码在签发时出现差错，请联系签发机构换发，期间可出示身份证件。")
    UNSUPPORTED_CLAIM = "unsupported-claim", 6, "not valid", False, Words("The code has a statement that this device does not know; update the app, or check another way.", "该码含有本设备尚不支持的内容，请更新核验程序，或改用其他方式查验。"), Words("The device here does not know all that your code states; please show your ID card or a paper proof.", "本处设备暂不能识别您的健康码的全部内容，请出示身份证件或纸质证明。")
    ISSUER_MISMATCH = "issuer-mismatch", 7, "not valid", False, Words("The code names another issuer than the one its key belongs to; do not rely on it and check another way.", "该码所载签发机构与登记库不一致，不能作为依据，请改用其他方式查验。"), Words("The issuer of your code could not be confirmed; please ask the issuing office, and show your ID card meanwhile.", "您的健康码的签发机构信息无法确认，请咨询签发机构，期间可出示身份证件。")
    WRONG_ENVIRONMENT = "wrong-environment", 8, "not valid", False, Words("This device holds the registry of another environment, such as a test; stop using it and call its operator.", "本设备的登记库属于其他运行环境（如测试环境），请停用并通知设备管理人员。"), Words("The device here is not set up correctly, which is not your code's fault; please use another lane or show your ID card.", "本处设备设置有误，与您的健康码无关，请到其他通道或出示身份证件。")
    KEY_REVOKED = "key-revoked", 8, "not valid", False, Words("The key that signed this code has been revoked, so the code no longer counts; ask the holder to renew it.", "该码的签发密钥已被撤销，该码不再有效，请持码人换领新码。"), Words("A key of your issuer has been revoked, so your code has to be renewed; please do so in the app or at the issuing office.", "签发您的健康码所用的密钥已撤销，请在应用中换领新码，或到签发机构办理换发。")
    REGISTRY_STALE = "registry-stale", 8, "cannot judge", True, Words("The lists here are out of date, or this device's clock is ahead: no code can be judged; check the clock and update the lists.", "本设备的登记库已过期，或本设备时间超前，无法作出判断，请核对时间、更新登记库后重新扫描。"), Words("The lists here are out of date, which is not your code's fault; please wait a moment or show your ID card.", "本处设备的数据未及时更新，与您的健康码无关，请稍候或出示身份证件。")
    KEY_NOT_VALID = "key-not-valid", 9, "not valid", False, Words("The issuer's key was not valid for signing this code when it was issued; ask the holder to renew it, or check another way.", "签发该码时，所用密钥不在有效期内或不用于签发凭证，请持码人换领新码，或改用其他方式查验。"), Words("Your code was signed with a key that was not valid at the time; please renew it, or ask the issuing office.", "签发您的健康码时所用密钥无效，请换领新码，或联系签发机构。")
    OUT_OF_SCOPE = "out-of-scope", 10, "not valid", False, Words("The issuer may not issue a code of this colour, lifetime or kind for use here; follow the local rule for such codes.", "该码的颜色、有效期或类型超出本地认可的签发权限，请按本地规定办理。"), Words("Your code is of a kind that is not accepted here; please register at the service desk with your ID card.", "您的健康码类型不在本地认可范围内，请持身份证件到服务台登记。")
    CLOCK_SUSPECT = "clock-suspect", 11, "cannot judge", True, Words("The clock of this device is wrong and no code can be judged; set the clock and scan again.", "本设备时间不准确，无法作出判断，请校准时间后重新扫描。"), Words("The clock of the device here is wrong, which is not your code's fault; please wait a moment or show your ID card.", "本处设备时间有误，与您的健康码无关，请稍候或出示身份证件。")
    NOT_YET_VALID = "not-yet-valid", 12, "not valid", False, Words("The code is not in force yet; check this device's clock, and ask for the code that is in force now.", "该码尚未生效，请核对设备时间，并请持码人出示当前有效的健康码。"), Words("Your code is not in force yet; please open the one that is valid now, or show your ID card.", "您的健康码尚未生效，请出示当前有效的健康码或身份证件。")
    EXPIRED = "expired", 12, "not valid", False, Words("The code has expired; check this device's date and time, ask the holder to renew it, and scan again.", "该码已过有效期，请核对本设备的日期和时间，并请持码人换领新码后重新扫描。"), Words("Your code has expired; please renew it in the app, or show your ID card or a paper proof.", "您的健康码已过有效期，请在应用中换领新码，或出示身份证件、纸质证明。")
    STATUS_UNKNOWN = "status-unknown", 13, "cannot judge", True, Words("Whether this code is still in force cannot be told; update the status lists and scan again.", "无法确认该码是否已被撤回，请更新状态列表后重新扫描。"), Words("The state of your code cannot be looked up here now, which is not your fault; please wait a moment or show your ID card.", "暂时无法确认您的健康码是否仍然有效，并非您的原因，请稍候或出示身份证件。")
    REVOKED = "revoked", 13, "not valid", False, Words("The issuer has withdrawn this code; ask the holder to fetch the current one and scan again.", "该码已被签发机构撤回，请持码人换领新码后重新扫描。"), Words("The issuer has withdrawn this code; please refresh it in the app, or ask the issuing office why.", "签发机构已撤回此码，请在应用中换领新码，或向签发机构咨询原因。")
    PRESENTATION_REQUIRED = "presentation-required", 14, "not valid", True, Words("This code must be shown live from the holder's app; ask the holder to open it there and scan again.", "该码须由持码人在本人设备上实时出示，请持码人打开应用后重新扫描。"), Words("Please open your health code in the app and show the live code, or ask for a paper code at the service desk.", "请在应用中打开健康码并实时出示，如有不便可到服务台办理纸质码。")
    PRESENTATION_MISMATCH = "presentation-mismatch", 14, "not valid", False, Words("The code shown does not answer this checkpoint's request; have the holder open it again here and rescan.", "所出示的码与本次核验请求不符，请持码人在现场重新打开后再次扫描。"), Words("Please open your health code again here, and first scan the checkpoint's QR if there is one.", "请在现场重新打开健康码；如验码点显示二维码，请先扫描。")
    PRESENTATION_STALE = "presentation-stale", 14, "not valid", False, Words("The code shown is not fresh; ask the holder to refresh it on the device and scan again at once.", "所出示的码已超出出示时限，请持码人刷新后立即重新扫描。"), Words("The code on your screen is out of date; please refresh it, and check that your phone's clock is set automatically.", "屏幕上的健康码已过时，请刷新，并确认手机已设为自动校时。")
    VALID = "valid", 0, "valid", False, Words("The code is authentic and in force; read its colour and act by the local rules.", "该码真实有效，请查看颜色并按本地规定办理。"), Words("Your code has been verified; thank you.", "您的健康码已通过核验，谢谢配合。")
    NO_CODE = "no-code", 0, "cannot judge", False, Words("No health code could be read; scan again, or check another way.", "未读取到健康码，请重新扫描，或改用其他方式查验。"), Words("No health code could be read; please open it on a bright screen, or show your ID card.", "未能读取到健康码，请调亮屏幕重新打开后再试，或出示身份证件。")


WAIVABLE: Final = frozenset(verdict for verdict in Verdict if verdict.waivable)
