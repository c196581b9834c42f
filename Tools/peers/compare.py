"""Times this project beside other engines on one network with the same weights; see Tools/compare-peers."""

import filecmp
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from command_line import HELD_OUT, arguments
from engines import ENGINES, WARMUP

HERE = Path(__file__).resolve().parent
#: pictures that int8 is calibrated on
CALIBRATION = 16
#: how an engine is held to an instruction set; the others take what the machine has
HELD = {"openvino": {"avx2": "AVX2", "avxvnni": "AVX2_VNNI", "avx512vnni": "AVX512_CORE_VNNI",
                     "avx512bf16": "AVX512_CORE_BF16"}}
#: from least to most, with the flag that the system names each by
TIERS = {"scalar": None, "avx2": "avx2", "avxvnni": "avx_vnni", "avx512vnni": "avx512_vnni",
         "avx512bf16": "avx512_bf16"}
#: of float32 scores, which are probabilities, from the trained network's own
TOLERANCE = 1e-3
#: others may take this much of a core that is needed
DISTURBANCE = 0.2


def main():
    options = arguments()
    missing = [name for name in ("hrn-bench", "hrn-compile", "hrn-run") if not Path(options.bin, name).is_file()]
    if missing:
        print(f"Tools/compare-peers: {options.bin}: has no {', '.join(missing)}", file=sys.stderr)
        sys.exit(66)
    files = Path(".build-peers")
    files.mkdir(exist_ok=True)
    rows = []
    print(machine(), flush=True)
    for size in options.size:
        for precision in options.precision:
            models = Models(options, files, size, precision)
            for threads in options.threads:
                print(f"\n{options.network}, {size} x {size}, {precision}, {threads} thread{'s' * (threads > 1)}"
                      + (f", held to {options.isa}" if options.isa else ""), flush=True)
                table = compare(options, models, threads)
                show(table)
                rows += table
                if options.json:
                    report = {"machine": machine(), "versions": versions(), "rows": rows}
                    Path(options.json).write_text(json.dumps(report, indent=1) + "\n")


class Models:
    """The network in every form, made once."""

    def __init__(self, options, folder, size, precision):
        self.options, self.size, self.precision = options, size, precision
        self.stem = folder / f"{options.network}-{size}"
        # What suits a kind of CPU is chosen when a model is compiled.
        tier = best_tier(options.isa)
        self.is_narrow = tier == "avx2"
        target = "portable"
        if tier.startswith("avx512"):
            target = "avx512vnni"
            # On Intel's CPUs its products are no faster than those of float32.
            if precision == "bfloat16" and tier == "avx512bf16" and "GenuineIntel" not in cpu_flags():
                target = "avx512bf16"
        elif self.is_narrow and precision == "int8":
            target = "avx2"
        self.ours = Path(f"{self.stem}.{precision}.{target}.hrn")
        self.approximate = None
        if precision == "int8" and options.approximate:
            self.approximate = self.ours.with_suffix(".f23.hrn")
        source = Path(f"{self.stem}.hrn")
        if self.is_stale(source, "hrn-bench"):
            self.make(source)
        # Of a network that was made up no layer is left as it is for its answers.
        unlimited = ["--approximate", "gsb", "--approximate-snr=-200", "--approximate-loss=400"]
        for path, words in ((self.ours, []), (self.approximate, unlimited)):
            if path is None or not self.is_stale(path, "hrn-compile"):
                continue
            with tempfile.TemporaryDirectory() as pictures:
                calibration = ["--calibrate", self.photographs(pictures)] if precision == "int8" else []
                command("hrn-compile", source, "-o", path, "--precision", precision, "--target", target, "--quiet", "--force",
                        *words, *calibration, options=options)
        self.files = {"stem": self.stem, "onnx": f"{self.stem}.onnx", "folded": f"{self.stem}.folded.onnx"}
        if not Path(self.files["folded"]).exists():
            command("hrn-compile", "export-onnx", source, "-o", self.files["onnx"], "--force", "--quiet", options=options)
            command("hrn-compile", "export-onnx", source, "-o", self.files["folded"], "--force", "--quiet",
                    "--stop-after", "fold-batch-norm-into-convolution", options=options)
        self.input = Path(f"{self.stem}.input.npy")
        np.save(self.input, normalised(made_up(HELD_OUT, size, seed=4242)))

    def is_stale(self, path, program):
        """Whether a file is not there, or older than the program of ours that makes it."""
        return not path.exists() or path.stat().st_mtime < Path(self.options.bin, program).stat().st_mtime

    def make(self, source):
        """The network as it was trained. What was made from another one before goes."""
        made = source.with_name("made.hrn")
        command("hrn-bench", "--synthetic", self.options.network, "--size", self.size, "--precision", "float32",
                "--runs", 1, "--warmup", 0, "--starts", 0, "--write-source", made, "--force", options=self.options)
        if not source.exists() or not filecmp.cmp(made, source, shallow=False):
            for old in source.parent.glob(f"{self.stem.name}.*"):
                old.unlink()
        made.replace(source)

    def calibration(self):
        return made_up(CALIBRATION, self.size, seed=777)

    def photographs(self, folder):
        """The calibration pictures as JPEG files, which is what hrn-compile reads: of the size that the recipe resizes
        to, so that what it then cuts out of the middle are the pictures."""
        whole = (self.size * 550 + 224) // 448
        before = round((whole - self.size) / 2)
        around = [(before, whole - self.size - before)] * 2 + [(0, 0)]
        for index, picture in enumerate(self.calibration()):
            pixels = np.pad(picture.transpose(1, 2, 0), around, mode="reflect")
            Image.fromarray(pixels).save(f"{folder}/{index:02}.jpg", quality=100, subsampling=0)
        return folder

    def of(self, engine):
        # It takes packages that measuring does not.
        from convert import convert

        return convert(engine, self.precision, self.files, normalised(self.calibration()), self.is_narrow)


def cpu_flags():
    with open("/proc/cpuinfo") as information:
        return set(information.read().split())


def best_tier(ceiling=None):
    """The best kernels that may be used here: those of this machine, up to a ceiling."""
    allowed = list(TIERS)[:list(TIERS).index(ceiling) + 1] if ceiling else list(TIERS)
    flags = cpu_flags()
    return [tier for tier in allowed if TIERS[tier] is None or TIERS[tier] in flags][-1]


def command(name, *words, options):
    subprocess.run([f"{options.bin}/{name}", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def made_up(count, size, seed):
    """Coloured 1/f noise with a few hard edges: u8 pictures with a photograph's statistics."""
    random = np.random.default_rng(seed)
    y, x = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    strength = 1 / np.maximum(np.hypot(y, x), 1 / size) ** 1.1

    def field():
        noise = np.fft.irfft2(strength * np.exp(2j * np.pi * random.random(strength.shape)), s=(size, size))
        return noise / noise.std()

    pictures = np.empty((count, 3, size, size), np.uint8)
    for picture in pictures:
        brightness = field()
        for plane in picture:
            values = 115 + random.normal(0, 20) + random.uniform(30, 60) * (0.85 * brightness + 0.5 * field())
            for _ in range(4):
                top, left = random.integers(0, size * 3 // 4, 2)
                height, width = random.integers(size // 16, size // 4, 2)
                values[top:top + height, left:left + width] += random.normal(0, 40)
            plane[:] = np.clip(values, 0, 255)
    return pictures


def normalised(pictures):
    """As the made-up networks' recipe has it: mean and std one half."""
    return (pictures.astype(np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.5)


class EngineFailure(Exception):
    """An engine has ended; the others go on."""


class Peer:
    """An engine in a process of its own, which waits between its turns."""

    def __init__(self, engine, models, threads, isa):
        self.name = engine
        self.model = models.of(engine)
        self.outputs = tempfile.NamedTemporaryFile(suffix=".f32")
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENVINO_TELEMETRY="0", PYTHONWARNINGS="ignore")
        if isa and engine in HELD:
            environment["ONEDNN_MAX_CPU_ISA"] = HELD[engine][isa]
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, HERE / "engines.py", engine, models.precision, self.model, str(threads), models.input,
             self.outputs.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=environment)
        self.info = self.read()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("@"):
                return json.loads(line[1:])
        self.errors.seek(0)
        last = ([line.strip() for line in self.errors if line.strip()] or ["it said nothing"])[-1]
        raise EngineFailure(f"it ended with status {self.process.wait()}: {last}")

    def ask(self, what):
        try:
            print(what, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # It has ended: there is nothing more to read, but why.
        return self.read()

    def run(self, count):
        """Times inferences of the first picture."""
        return self.ask(f"run {count}")["latencies_ms"]

    def own_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            words = stat.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # It has ended before.
        self.process.wait()

    def answers(self):
        """[picture][output]"""
        self.ask("answer")
        return np.fromfile(self.outputs.name, np.float32).reshape(HELD_OUT, -1)

    @property
    def file_bytes(self):
        stem = str(self.model).removesuffix(".xml")
        return sum(os.path.getsize(stem + ending) for ending in ("", ".xml", ".bin", ".param")
                   if os.path.exists(stem + ending))


class Ours:
    """hrn-bench, started anew for each turn; it takes pixels, as its users have them, where the others take floats."""

    def __init__(self, name, path, models, threads, isa, options):
        self.name, self.path, self.options, self.models, self.info = name, path, options, models, {}
        self.arguments = [path, "--threads", threads, *(["--cpu", isa] if isa else []), "--json"]

    def bench(self, *words):
        result = subprocess.run([f"{self.options.bin}/hrn-bench", *map(str, [*self.arguments, *words])], check=True,
                                stdout=subprocess.PIPE, text=True)
        return json.loads(result.stdout.splitlines()[-1])

    def run(self, count):
        return self.bench("--runs", count, "--warmup", WARMUP, "--starts", 0)["latencies_ms"]

    def own_seconds(self):
        times = os.times()
        return times.children_user + times.children_system

    def close(self):
        pass

    def answers(self):
        """[picture][output]"""
        found = []
        with tempfile.TemporaryDirectory() as folder:
            picture, outputs = Path(folder) / "picture.f32", Path(folder) / "outputs"
            for values in np.load(self.models.input):
                values.tofile(picture)
                self.bench("--runs", 1, "--warmup", 0, "--starts", 0, "--input", picture, "--outputs", outputs,
                           "--force")
                found.append(np.fromfile(outputs, np.float32))
        return np.array(found)

    @property
    def file_bytes(self):
        return self.path.stat().st_size


def compare(options, models, threads):
    reference = answers_of_the_trained(models)
    subjects = [Ours("hrn", models.ours, models, threads, options.isa, options)]
    if models.approximate:
        subjects.append(Ours("hrn, 8-bit F(2,3)", models.approximate, models, threads, options.isa, options))
    for engine in options.engines:
        peer = opened(engine, options, models, threads)
        if peer:
            subjects.append(peer)
    latencies, disturbed = in_turns(subjects, options, threads)
    table = []
    for subject in subjects:
        try:
            # Of an engine that was always disturbed there is nothing better than one more turn.
            found = latencies[subject.name] or subject.run(options.runs)
            row = {
                "engine": subject.name, "network": options.network, "size": models.size, "precision": models.precision,
                "threads": threads, "isa": options.isa, "latencies_ms": found, "median_ms": statistics.median(found),
                "disturbed_turns": disturbed[subject.name], "is_quiet": bool(latencies[subject.name]),
                "computes_in": subject.info.get("computes_in", models.precision),
                "file_bytes": subject.file_bytes, **agreement(reference, subject.answers())}
            subject.close()
            row.update(starts(subject, options, models, threads))
        except EngineFailure as failure:
            print(f"  {subject.name}: {failure}")
            continue
        table.append(row)
    return table


def opened(engine, options, models, threads):
    """An engine in its process, or None and a line that says why it is left out."""
    _, package, precisions = ENGINES[engine]
    if models.precision not in precisions:
        return None
    if importlib.util.find_spec(package) is None:
        print(f"  {engine}: not installed")
    elif engine not in HELD and best_tier(options.isa) != best_tier():
        print(f"  {engine}: cannot be held to {options.isa}")
    else:
        try:
            return Peer(engine, models, threads, options.isa)
        except EngineFailure as failure:
            print(f"  {engine}: {failure}")
        # Whatever stops a converter of somebody else's, the others are compared.
        except Exception as error:
            print(f"  {engine}: {type(error).__name__}: {error}")
    return None


def in_turns(subjects, options, threads):
    """Latencies by engine: A B C, then B C A. A turn in which others took a core that was needed is put off; an engine
    that ends has no more of them."""
    latencies = {subject.name: [] for subject in subjects}
    disturbed = {subject.name: 0 for subject in subjects}
    ended = set()

    def turn_of(subject, count):
        try:
            return subject.run(count)
        except EngineFailure:
            ended.add(subject.name)
            return []

    for subject in subjects:
        turn_of(subject, 2)
    for turn in range(2 * options.rounds):
        first = turn % len(subjects)
        for subject in subjects[first:] + subjects[:first]:
            if subject.name in ended or len(latencies[subject.name]) >= options.rounds * options.runs:
                continue
            before, start = busy_seconds() - subject.own_seconds(), time.perf_counter()
            found = turn_of(subject, options.runs)
            if not found:
                continue
            others = (busy_seconds() - subject.own_seconds() - before) / (time.perf_counter() - start)
            if others > os.cpu_count() - threads + DISTURBANCE:
                disturbed[subject.name] += 1
                continue
            latencies[subject.name] += found
    return latencies, disturbed


def busy_seconds():
    """Of all cores together, since the machine started."""
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def starts(subject, options, models, threads):
    """Medians of starts, and of the memory they took; see command_line.COLUMNS."""
    if options.starts == 0:
        return {}
    if isinstance(subject, Ours):
        start = subject.bench("--runs", 1, "--warmup", 0, "--starts", options.starts)["start"]
        return {"start_ms": start["start_ms"], "load_ms": start["load_ms"], "first_ms": start["first_ms"],
                "peak_resident_bytes": start["peak_resident_bytes"]}
    found = []
    for _ in range(options.starts):
        again = Peer(subject.name, models, threads, options.isa)
        again.close()
        found.append(again.info)
    return {key: statistics.median(start[key] for start in found)
            for key in ("start_ms", "load_ms", "first_ms", "peak_resident_bytes")}


def answers_of_the_trained(models):
    """The float32 answers of ONNX Runtime, which runs the network as it was trained: per head, [picture][label]."""
    import onnxruntime

    session = onnxruntime.InferenceSession(models.files["onnx"], providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    outputs = [session.run(None, {name: picture[None]}) for picture in np.load(models.input)]
    return [np.concatenate(head) for head in zip(*outputs)]


def agreement(reference, answers):
    """How an engine's answers compare with the trained network's; see command_line.COLUMNS."""
    sizes = [head.shape[1] for head in reference]
    if answers.shape[1] != sum(sizes):
        return {"difference": None, "correlation": None, "worst_correlation": None, "same_labels": None}
    parts = np.split(answers, np.cumsum(sizes)[:-1], axis=1)
    # An engine may list its outputs in another order: of those of one size, the nearest is meant.
    pairs = []
    for head in reference:
        index = min((i for i, part in enumerate(parts) if part.shape == head.shape),
                    key=lambda i: np.abs(parts[i] - head).mean())
        pairs.append((head, parts.pop(index)))
    correlations = [np.corrcoef(a, b)[0, 1] for head, part in pairs for a, b in zip(head, part)]
    return {
        "difference": float(max(np.abs(head - part).max() for head, part in pairs)),
        "correlation": float(np.median(correlations)), "worst_correlation": float(min(correlations)),
        "same_labels": float(np.mean([head.argmax(1) == part.argmax(1) for head, part in pairs]))}


def show(table):
    best = min((row["median_ms"] for row in table if not row["engine"].startswith("hrn")), default=None)
    print(f"  {'engine':18} {'median':>10} {'p90':>10} {'of best peer':>12} {'start':>9} {'memory':>8} {'file':>8}"
          "  answers: correlation, worst; same labels; largest difference")
    for row in sorted(table, key=lambda row: row["median_ms"]):
        latencies = sorted(row["latencies_ms"])
        p90 = latencies[max(0, -(-len(latencies) * 9 // 10) - 1)]
        start = f"{row['start_ms']:6.0f} ms" if "start_ms" in row else ""
        memory = f"{row['peak_resident_bytes'] / 1e6:5.0f} MB" if "peak_resident_bytes" in row else ""
        words = "answers cannot be compared"
        if row["difference"] is not None:
            words = (f"{row['correlation']:.4f}, {row['worst_correlation']:.4f}; {100 * row['same_labels']:.0f} %;"
                     f" {row['difference']:.5f}")
            if row["precision"] == "float32" and row["difference"] > TOLERANCE:
                words += "  WRONG"
        if row["computes_in"] != row["precision"]:
            words += f"  (in {row['computes_in']})"
        if row["disturbed_turns"]:
            words += f"  ({row['disturbed_turns']} disturbed turns{'' if row['is_quiet'] else ', no other'})"
        ratio = f"{best / row['median_ms']:.2f} x" if best else ""
        print(f"  {row['engine']:18} {row['median_ms']:7.2f} ms {p90:7.2f} ms {ratio:>12} {start:>9} {memory:>8}"
              f" {row['file_bytes'] / 1e6:5.0f} MB  {words}", flush=True)


def machine():
    name = platform.machine()
    with open("/proc/cpuinfo") as information:
        for line in information:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def versions():
    from importlib import metadata

    names = ("onnxruntime", "openvino", "nncf", "ncnn", "ai-edge-litert")
    return {name: metadata.version(name) for name in names if importlib.util.find_spec(name.replace("-", "_"))}


if __name__ == "__main__":
    main()
