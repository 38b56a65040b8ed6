"""Silero VAD on onnxruntime: how likely each 32 ms of a stream are speech. The model is faster-whisper's."""

from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soxr

Floats = npt.NDArray[np.float32]

MODEL_HZ: Final = 16_000
_FRAME: Final = 512
_CONTEXT: Final = 64
_STATE: Final = (1, 1, 128)


class VoiceModel:
    """The model, shared by all streams of a process. Raises `ImportError` or `OSError` if it is not there."""

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        folder = files("faster_whisper") / "assets"
        found = sorted(each.name for each in folder.iterdir() if each.name.startswith("silero_vad"))
        if not found:
            raise FileNotFoundError("faster-whisper brings no silero_vad model")
        with as_file(folder / found[-1]) as path:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), providers=["CPUExecutionProvider"], sess_options=options
            )

    def run(self, frames: Floats, h: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
        """Return probabilities of consecutive frames (each 64 samples of context and 512), and the state."""
        out, h, c = self._session.run(None, {"input": frames, "h": h, "c": c})
        return out, h, c


class VoiceActivity:
    """One stream of 16-bit samples at `rate` Hz."""

    def __init__(self, model: VoiceModel, rate: int) -> None:
        self._model = model
        self._resample = soxr.ResampleStream(rate, MODEL_HZ, 1, "float32", "QQ") if rate != MODEL_HZ else None
        self._h = self._c = np.zeros(_STATE, dtype=np.float32)
        self._context = np.zeros(_CONTEXT, dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)

    def feed(self, audio: bytes) -> list[float]:
        """Return the probability of each frame that `audio` completes."""
        samples = np.frombuffer(audio, dtype="<i2").astype(np.float32) / 32768
        if self._resample is not None:
            samples = self._resample.resample_chunk(samples)
        self._rest = np.concatenate([self._rest, samples])
        if not (count := self._rest.size // _FRAME):
            return []
        whole, self._rest = np.split(self._rest, [count * _FRAME])
        blocks = whole.reshape(count, _FRAME)
        contexts = np.vstack([self._context, blocks[:-1, -_CONTEXT:]])
        self._context = blocks[-1, -_CONTEXT:]
        frames = np.ascontiguousarray(np.hstack([contexts, blocks]))
        found, self._h, self._c = self._model.run(frames, self._h, self._c)
        return [float(each) for each in np.ravel(found)]
