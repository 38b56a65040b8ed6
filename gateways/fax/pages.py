"""Makes pages: a program that `converting` runs. An order comes in by standard input, an answer goes out.

What a fax machine takes is A4 at 204 by 196 dots an inch, black and white, 1728 dots wide, packed by T.6
(ITU-T T.4 §2, TIFF 6.0 §11).
"""

import os
import resource
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps, ImageSequence

from gateways.fax.converting import Made, Refusal, Result, Sheet, ToKeep, ToSend, Unreadable

WIDE, HIGH = 1728, 2292
DPI = (204, 196)
_PIXELS_MAX = 60_000_000
_LONG = 3
"""A received page may be so many times as long as A4: machines send whole rolls."""
_RECEIVED_MAX = 500
_MEMORY = 1536 * 1024 * 1024
_DISK = 512 * 1024 * 1024
_CPU_S = 240
_MARGIN, _LINE, _SIZE = 130, 66, 44
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
)


def main() -> None:
    """Carry out the order on standard input."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_DISK, _DISK))
    Image.MAX_IMAGE_PIXELS = _PIXELS_MAX // 2  # Pillow raises at twice as many
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=ToSend | ToKeep)
    try:
        made = to_send(order) if isinstance(order, ToSend) else to_keep(order)
        answer: Refusal | Result = Result(made)
    except Unreadable as error:
        answer = Refusal(error.reason)
    except (Image.DecompressionBombError, MemoryError):
        answer = Refusal("too_large")
    except Exception:  # whatever a library says of what somebody sent
        answer = Refusal("unreadable")
    sys.stdout.buffer.write(msgspec.json.encode(answer))


# --- out -----------------------------------------------------------------------------------------


def to_send(order: ToSend) -> Made:
    """Make one TIFF of a sheet and files; raises `Unreadable`."""
    pages: list[Image.Image] = []
    for page in _all(order):
        if len(pages) == order.pages_max:
            raise Unreadable("too_many_pages")
        pages.append(page)
    if not pages:
        raise Unreadable("empty")
    pages[0].save(order.target, "TIFF", compression="group4", dpi=DPI, save_all=True, append_images=pages[1:])
    return Made(len(pages))


def _all(order: ToSend) -> Iterator[Image.Image]:
    if order.sheet is not None:
        yield from typeset(order.sheet)
    for path, type_ in order.files:
        if type_ == "application/pdf":
            yield from _of_pdf(Path(path))
        elif type_.startswith("image/"):
            yield from _of_image(Path(path))
        elif type_ == "text/plain":
            text = Path(path).read_text(encoding="utf-8", errors="replace")
            yield from typeset(Sheet((), text[:200_000], order.sheet.font if order.sheet else ""))
        else:
            raise Unreadable("type")


def _of_pdf(path: Path) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise Unreadable("unreadable") from None
    for page in document:
        wide, high = page.get_size()  # in points
        if not (1 <= wide <= 20_000 and 1 <= high <= 20_000):
            raise Unreadable("too_large")
        scale = min(2 * WIDE / wide, 2 * HIGH / high, 4.0)
        yield _fitted(page.render(scale=scale, grayscale=True).to_pil())


def _of_image(path: Path) -> Iterator[Image.Image]:
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            straight = ImageOps.exif_transpose(frame) or frame
            if straight.mode in ("RGBA", "LA", "PA") or "transparency" in straight.info:
                shown = straight.convert("RGBA")
                paper = Image.new("RGBA", shown.size, "white")
                straight = Image.alpha_composite(paper, shown)
            yield _fitted(straight.convert("L"))
            if image.format != "TIFF":
                return


def _fitted(grey: Image.Image) -> Image.Image:
    """Lay a picture on an A4 page, turned if it is wide, as large as it fits; dots are not square."""
    if grey.width > grey.height:
        grey = grey.rotate(90, expand=True)
    high_of_square = HIGH * DPI[0] / DPI[1]
    scale = min(WIDE / grey.width, high_of_square / grey.height)
    size = (
        max(1, round(grey.width * scale)),
        max(1, min(HIGH, round(grey.height * scale * DPI[1] / DPI[0]))),
    )
    page = Image.new("L", (WIDE, HIGH), 255)
    page.paste(grey.resize(size, Image.Resampling.LANCZOS), ((WIDE - size[0]) // 2, 0))
    shades = page.histogram()
    is_photo = sum(shades[48:208]) > WIDE * HIGH // 10
    if is_photo:  # finer dots than of three by three take minutes a page
        return page.resize((WIDE // 3, HIGH // 3)).convert("1").resize((WIDE, HIGH))
    return page.point(lambda shade: 255 if shade > 160 else 0, "1")


# --- text ----------------------------------------------------------------------------------------


def typeset(sheet: Sheet) -> Iterator[Image.Image]:
    """Set text on pages; raises `Unreadable` without a font for it."""
    font = _font(sheet.font)
    wide = WIDE - 2 * _MARGIN
    lines = [line for each in sheet.head for line in _wrapped(each, font, wide)]
    head = len(lines)
    lines += [""] if head else []
    lines += [line for each in sheet.text.splitlines() for line in _wrapped(each, font, wide)]
    a_page = (HIGH - 2 * _MARGIN) // _LINE
    for start in range(0, max(1, len(lines)), a_page):
        page = Image.new("1", (WIDE, HIGH), 1)
        pen = ImageDraw.Draw(page)
        for at, line in enumerate(lines[start : start + a_page]):
            top = _MARGIN + at * _LINE
            pen.text((_MARGIN, top), line, fill=0, font=font)
            if head and start + at == head - 1:
                pen.line((_MARGIN, top + _LINE, WIDE - _MARGIN, top + _LINE), fill=0, width=3)
        yield page


def _font(path: str) -> ImageFont.FreeTypeFont:
    known = [each for each in (path, *_FONTS) if each and Path(each).is_file()]
    if not known and (program := shutil.which("fc-match")):
        command = (program, "-f", "%{file}", ":lang=ja")
        found = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()  # noqa: S603
        known = [found] if found and Path(found).is_file() else []
    if not known:
        raise Unreadable("no_font")
    return ImageFont.truetype(known[0], _SIZE)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, wide: int) -> Iterator[str]:
    """Break a line where it is full; words of letters stay whole where they can."""
    rest = "".join(each for each in text.expandtabs(4) if unicodedata.category(each)[0] != "C")
    while rest and font.getlength(rest) > wide:
        low, high = 1, len(rest)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if font.getlength(rest[:middle]) <= wide else (low, middle - 1)
        blank = rest.rfind(" ", max(1, low - 30), low + 1)
        at = blank if blank > 0 and rest[low - 1 : low + 1].isascii() else low
        yield rest[:at]
        rest = rest[at:].lstrip(" ")
    yield rest


# --- in ------------------------------------------------------------------------------------------


def to_keep(order: ToKeep) -> Made:
    """Make a PDF of a TIFF; raises `Unreadable`."""
    target = Path(order.target)
    draft = target.with_name(target.name + ".new")
    pages = list(_received(Path(order.source)))
    if not pages:
        raise Unreadable("empty")
    text = _searchable(pages, draft, order.seconds)
    if text is None:
        pages[0].save(draft, "PDF", dpi=DPI, save_all=True, append_images=pages[1:])
    draft.replace(target)
    return Made(len(pages), text or "")


def _received(path: Path) -> Iterator[Image.Image]:
    """Yield the pages that can be read, each with dots as of 204 by 196: a call may break off in one."""
    with Image.open(path) as image:
        for at in range(_RECEIVED_MAX):
            try:
                image.seek(at)
                if image.height > _LONG * HIGH * 2:
                    return
                page = image.convert("1")
            except Exception:  # the end, or whatever a library says of the place where it broke off
                return
            across, down = (float(each) for each in image.info.get("dpi", DPI))
            wide = round(page.width * DPI[0] / across) if across > 0 else page.width
            high = round(page.height * DPI[1] / down) if down > 0 else page.height
            is_usual = abs(wide - page.width) < 50 and abs(high - page.height) < 100
            yield page if is_usual else page.resize((wide, high))


def _searchable(pages: list[Image.Image], target: Path, seconds: float) -> str | None:
    """Make a PDF with the text that is read on the pages, where tesseract can; returns the text."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    source, base = target.with_suffix(".ocr.tif"), target.with_suffix(".ocr")
    command = (program, str(source), str(base), "-l", "jpn", "--dpi", str(DPI[0]), "pdf", "txt")
    made, read = base.with_name(base.name + ".pdf"), base.with_name(base.name + ".txt")
    try:
        pages[0].save(source, "TIFF", compression="group4", dpi=DPI, save_all=True, append_images=pages[1:])
        done = subprocess.run(command, capture_output=True, timeout=seconds)  # noqa: S603
        if done.returncode != 0 or not made.exists():
            return None
        made.replace(target)
        return read.read_text(encoding="utf-8", errors="replace")
    except (subprocess.TimeoutExpired, OSError):
        return None
    finally:
        for each in (source, made, read):
            each.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
