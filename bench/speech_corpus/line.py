"""What a telephone line does to speech: band, mu-law, noise."""

import numpy as np
from scipy import signal

from ivr.audio import TELEPHONE_HZ, Samples

_BAND_HZ = (300, 3_400)
_MU = 255.0


def over_the_line(speech: Samples, snr_db: float | None, seed: int) -> Samples:
    """Return speech at the telephone's rate as it arrives: in the telephone's band, in 8-bit mu-law.

    `snr_db`: how far noise lies below the speech while that is heard (pink, as in a room or a street);
    None adds none.
    """
    loud = speech[np.abs(speech) > 0.02]
    if snr_db is not None:
        noise = _pink(len(speech), np.random.default_rng(seed))
        power = float(np.mean(loud**2)) / 10 ** (snr_db / 10)
        speech = speech + noise * np.sqrt(power / np.mean(noise**2))
    band = signal.butter(4, _BAND_HZ, "bandpass", fs=TELEPHONE_HZ, output="sos")
    heard = signal.sosfilt(band, speech)
    return _mu_law(0.6 * heard / float(np.abs(heard).max()))


def _mu_law(samples: Samples) -> Samples:
    """Encode and decode (ITU-T G.711, continuous form)."""
    coded = np.sign(samples) * np.log1p(_MU * np.abs(samples)) / np.log1p(_MU)
    stepped = np.round(coded * 127) / 127
    decoded: Samples = np.sign(stepped) * np.expm1(np.abs(stepped) * np.log1p(_MU)) / _MU
    return decoded


def _pink(count: int, random: np.random.Generator) -> Samples:
    spectrum = np.fft.rfft(random.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(1.0, np.arange(len(spectrum))))
    noise: Samples = np.fft.irfft(spectrum, count)
    return noise
