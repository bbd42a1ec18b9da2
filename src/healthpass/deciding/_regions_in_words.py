"""What regions are called in explanations: those of the first level under CN; others by their ids."""

from typing import Final

from healthpass.words._row import Words

_PROVINCES: Final = {  # GB/T 2260, the first two digits
    "11": Words("Beijing", "北京"),
    "12": Words("Tianjin", "天津"),
    "13": Words("Hebei", "河北"),
    "14": Words("Shanxi", "山西"),
    "15": Words("Inner Mongolia", "内蒙古"),
    "21": Words("Liaoning", "辽宁"),
    "22": Words("Jilin", "吉林"),
    "23": Words("Heilongjiang", "黑龙江"),
    "31": Words("Shanghai", "上海"),
    "32": Words("Jiangsu", "江苏"),
    "33": Words("Zhejiang", "浙江"),
    "34": Words("Anhui", "安徽"),
    "35": Words("Fujian", "福建"),
    "36": Words("Jiangxi", "江西"),
    "37": Words("Shandong", "山东"),
    "41": Words("Henan", "河南"),
    "42": Words("Hubei", "湖北"),
    "43": Words("Hunan", "湖南"),
    "44": Words("Guangdong", "广东"),
    "45": Words("Guangxi", "广西"),
    "46": Words("Hainan", "海南"),
    "50": Words("Chongqing", "重庆"),
    "51": Words("Sichuan", "四川"),
    "52": Words("Guizhou", "贵州"),
    "53": Words("Yunnan", "云南"),
    "54": Words("Tibet", "西藏"),
    "61": Words("Shaanxi", "陕西"),
    "62": Words("Gansu", "甘肃"),
    "63": Words("Qinghai", "青海"),
    "64": Words("Ningxia", "宁夏"),
    "65": Words("Xinjiang", "新疆"),
    "71": Words("Taiwan", "台湾"),
    "81": Words("Hong Kong", "香港"),
    "82": Words("Macao", "澳门"),
}


def region_in_words(region: str) -> Words:
    """Return what a region is called, with its id: it is the id that decides."""
    first, _, rest = region.partition("-")
    if first != "CN":
        return Words(region, region)
    if not rest:
        return Words("China (CN)", "中国（CN）")
    known = _PROVINCES.get(rest[:2])
    if known is None:
        return Words(region, region)
    if rest[2:]:
        return Words(f"{region} in {known.en}", f"{known.zh} {region}")
    return Words(f"{known.en} ({region})", f"{known.zh}（{region}）")
