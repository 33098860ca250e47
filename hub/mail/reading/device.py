"""The lines that a phone or a mail program puts under what was written: « Envoyé de mon iPhone ». French first."""

import re

from hub.mail.reading import phrases
from hub.mail.reading.matching import pattern

SHORT = 40  # characters, of the pieces of a broken line

_GEAR = (
    r"iphone|ipad|ipod|android|outlook|yahoo|smartphone|t[ée]l[ée]phone|mobile|portable|tablette|appareil|galaxy"
    r"|samsung|huawei|xiaomi|redmi|oppo|honor|windows|courrier|blackberry|proton|gmail|orange|sfr|free|bouygues"
    r"|la ?poste|thunderbird|k-9|blue ?mail|spark|webmail|zimbra|nokia|sony|wiko|pixel|nine|edison|airmail|mailo"
    r"|canary|phone|device|tablet|mail|macbook|imac|em client|infomaniak|icloud|tuta|zoho|boxer|aquamail|gmx"
)
_NOT_WHEN = (
    # What begins each pattern that says so is asked first: looking through a line of prose costs a hundred times more.
    r"(?=\W{0,3}(?:(?:message|e-?mail|mail|courriel) )?(?:envoy|transmis|cet? ))"
    r"(?!.{0,120}\b(?:(?:avant-)?hier|(?:lun|mar|mercre|jeu|vendre|same)di|ce (?:matin|soir|midi)|cet après-midi"
    r"|recommandé|dernière?)\b)"
)
"""« Envoyé via Pronote hier soir. » is the writer's."""

DEVICE = pattern(
    rf"{_NOT_WHEN}\W{{0,3}}(?:message |e-?mail |mail |courriel )?"
    r"(?:envoy[ée]e?|transmis|(?:ce|cet) \S{4,8} (?:a été|est) envoyé) "
    r"(?:de|du|d'|depuis|[àa] partir de|[àa] partir d'|[àa] l'aide de|avec|via)"
    rf" ?.{{0,30}}(?:{_GEAR}).{{0,120}}$",
    rf"\W{{0,3}}sent (?:from|with|using|via) .{{0,40}}(?:{_GEAR}).{{0,80}}$",
    r"\W{0,3}sent (?:from|with|using|via) (?-i:[A-Z])[\w.™-]{1,20}(?: [\w.™-]{1,15}){0,2}(?: ?<https?://\S{1,300})?\W{0,3}$",
    r"\W{0,3}sent from my [\w .-]{2,30}(?:, (?:please|pls|sorry).{0,60})?\W{0,3}$",
    r"\W{0,3}(?:t[ée]l[ée]charg(?:e[rz]|é)(?: [àa] partir de)?|obtenir|obtenez|get|download) "
    r"(?:outlook|yahoo|bluemail|spark|l'appli)(?:(?![,.!?;] ).){0,160}$",
    r"\W{0,3}(?:message |mail )?(?:écrit|rédigé|tapé|dicté|saisi|répondu|posté) (?:de|depuis|sur|avec|[àa] partir de) "
    rf"(?:mon|ma|un|une|le|l')\b.{{0,20}}(?:{_GEAR}).{{0,80}}$",
    r"\W{0,3}(?:scanné|numérisé|partagé|sécurisé|scanned|shared|secured) (?:avec|par|depuis|via|[àa] partir de|with|by"
    r"|from|using) .{0,20}(?:scan|word|excel|notes|drive|appli|iphone|ipad|android|tuta).{0,80}$",
    r"\W{0,3}provenance : ?(?:courrier|mail|outlook).{0,80}$",
    r"\W{0,3}(?:veuillez )?excuse[zr] (?:ma|la) bri[èe]vet[ée].{0,80}$",
    rf"\W{{0,3}}(?:désolée?|pardon|excusez) (?:pour )?les fautes\b.{{0,30}}(?:{_GEAR}).{{0,40}}$",
    r"\W{0,3}yahoo mail ?: .{0,80}$",
    r"\W{0,3}\S.{0,80} (?:a réagi|reacted) (?:via|[àa] l'aide de) gmail(?: ?<?https?://\S{1,300})?\W{0,3}$",
    r"\W{0,3}<?https?://www\.google\.com/gmail/about/\S{1,300}$",
    r"\W{0,3}(?:(?:message |mail )?envoyée? )?(?:de|depuis|[àa] partir de) mon "
    r"(?:iphone|ipad|mobile|t[ée]l[ée]phone|pc)\s*$",
    rf"{_NOT_WHEN}\W{{0,3}}(?:message |e-?mail |mail )?envoyée? (?:de|depuis|[àa] partir de|[àa] partir d') ?"
    r"(?:mon|ma|un|tuta)\b.{0,25}$",
    # « Envoyé par courrier ce matin » is the writer's.
    r"\W{0,3}(?:message |e-?mail |mail )?envoyée? par .{0,20}(?:mail pour|mailbird|zimbra|thunderbird|outlook"
    r"|blue ?mail|gmail|proton|tuta|spark|k-9|yahoo|em client|mobile|iphone|android|appli|la ?poste|superhuman)"
    r".{0,60}$",
    # A program no list knows, by its capital: « Envoyé depuis Tutanota ».
    rf"{_NOT_WHEN}\W{{0,3}}(?:envoyée?|transmis) (?:depuis|avec|via|[àa] l'aide de|[àa] partir de) "
    r"(?:l'appli(?:cation)? )?(?-i:[A-Z])(?:[\w.™-]|'){1,20}(?: (?:[\w.™-]|'){1,15}){0,3}\W{0,3}$",
    r"\W{0,3}téléchargez (?:la nouvelle |la |notre )?appli(?:(?![,.!?;] ).){0,80}$",
    rf"\W{{0,3}}(?:diese nachricht wurde )?von meine[mr] .{{0,40}}(?:{_GEAR}|gerät).{{0,40}}gesendet\W{{0,3}}$",
    r"\W{0,3}(?:von meinem|gesendet (?:von|mit)|enviado (?:desde|do|de)|verstuurd vanaf|verzonden (?:vanaf|met)"
    rf"|inviato da(?:l|lla)?|wysłan[eoy] z|sendt fra|skickat från|отправлено (?:с|из)|надіслано (?:з|із)|trimis de pe"
    rf"|odesláno z|odoslané z|poslano s|послато са|dërguar nga|изпратено от|στάλθηκε από το|đã gửi từ"
    rf"|enviado a partir d[eo]) .{{0,30}}(?:{_GEAR}|telem[óo]vel|celular).{{0,60}}$",
    r"\W{0,3}(?:iphone|ipad|galaxy|android|samsung|xiaomi|huawei)\S{0,20}(?: \w{4,12})? (?:gönderildi|küldve)\W{0,3}$",
    r"\W{0,3}(?:أُ?رسلت من|تم الإرسال من|ارسال شده از|נשלח מה|გაგზავნილია ჩემი|나의) ?.{2,50}$",
    r"\W{0,3}(?:(?:从|從)我的.{2,20}(?:发送|傳送|寄出)|(?:发|發|傳送|寄)自我的.{2,20}|.{2,20}から送信)\W{0,3}$",
    shared=r"\W{0,3}",
)
"""« Envoyé de mon iPhone », « Télécharger Outlook pour Android »: whole lines only."""

LINKED = re.compile(r"\s?<https?://[^<>\s]{1,2000}>(?=\W{0,3}$)")
"""Where a link of the line leads: as long as a shop makes it that counts who follows it."""

DEVICE_MORE = pattern(
    r"\W{0,3}<?(?:https?://|www\.)\S{1,300}$",
    rf"\W{{0,3}}(?:t[ée]l[ée]charge|obten|get |pour |sur |for |l'appli|mail )?.{{0,20}}(?:{_GEAR})\b.{{0,40}}$",
    r"\W{0,3}(?-i:[A-ZÀ-Ý])(?:[\w-]|'){1,25}(?: (?-i:[A-ZÀ-Ý])(?:[\w-]|'){0,25}){0,3}\W{0,3}$",
)
"""What stands in the next line below one: the address of the app, a name."""

DEVICE_STARTS = pattern(r"\W{0,3}(?:envoy[ée]|transmis|t[ée]l[ée]charge|obten|provenance|sent |get )")
"""How such a line starts that Windows Mail breaks in three: « Envoyé à partir de / Courrier / pour Windows »."""

PICTURE = pattern(
    r"(?:\s*\[(?:cid|image|logo|une image contenant|https?)\b[^\]]{0,400}(?:\](?: ?<[^<>\s]{1,400}>)?|$)){1,8}\s*$",
    r"\s*(?:<image\d{0,9}\.\w{3,4}>|image\d{1,4}\.(?:jpe?g|png|heic|gif)|description générée automatiquement\])\s*$",
)
"""Where a picture stood, in the text that Outlook, Gmail and Apple Mail make of their HTML."""


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines at the end, and one more line below each (« Télécharger … », the app's address)."""
    end = len(lines)
    while end:
        tail = last_written(lines, end)
        if tail is None:
            break
        line = lines[tail]
        broken = _broken(lines, tail)
        if broken is not None:
            end = broken
        elif is_device(line) or phrases.DASHES.match(line) or PICTURE.match(line):
            end = tail
        elif tail and lines[tail - 1].strip() and _is_more(lines[tail - 1], line):
            end = tail - 1
        else:
            break
    return lines[:end], lines[end:]


def is_device(line: str) -> bool:
    """Whether a line is a DEVICE, its link aside."""
    return bool(DEVICE.match(line) or ("<http" in line and DEVICE.match(LINKED.sub("", line))))


def _is_more(above: str, line: str) -> bool:
    return is_device(above) and DEVICE_MORE.match(line) is not None


def split_above(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines that stand below nothing, or a blank line: some type below the signature of their phone."""
    alone = {
        at
        for at, line in enumerate(lines)
        if 8 < len(line) < 80 and not (at and lines[at - 1].strip()) and DEVICE.match(line)
    }
    return [line for at, line in enumerate(lines) if at not in alone], [lines[at] for at in sorted(alone)]


def _broken(lines: list[str], last: int) -> int | None:
    """Where a device line starts that was broken into two or three short ones, the last of which is given."""
    if len(lines[last].strip()) > SHORT:
        return None
    for start in (last - 1, last - 2):
        broken = [line.strip() for line in lines[max(start, 0) : last + 1]]
        if start < 0 or not all(broken) or any(len(line) > SHORT for line in broken):
            return None
        if DEVICE_STARTS.match(broken[0]) and not DEVICE.match(broken[0]):
            return start if DEVICE.match(" ".join(broken)) else None
    return None


def last_written(lines: list[str], end: int) -> int | None:
    """The last line before `end` that is not blank."""
    for at in range(end - 1, -1, -1):
        if lines[at].strip():
            return at
    return None
