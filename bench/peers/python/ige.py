"""Times a Python module's AES-256-IGE.

    ige.py KERNEL MODULE CONFIGURATION

The configuration is a JSON object: a vector that the module must agree with, the sizes and the repetitions.
Prints one JSON object a repetition, which are rows in Google Benchmark's form but for what the caller adds.
"""

import importlib
import json
import statistics
import sys
import time

SAMPLES = 15
SAMPLE_NS = 50_000
BUDGET_NS = 50_000_000


def functions_of(name):
    """The module's two functions, both of (data, key, iv)."""
    module = importlib.import_module(name)
    if name == "cryptg":
        return {"encrypt": module.encrypt_ige, "decrypt": module.decrypt_ige}
    return {"encrypt": module.ige256_encrypt, "decrypt": module.ige256_decrypt}


def time_of(calls, function, *arguments):
    begin = time.perf_counter_ns()
    for _ in range(calls):
        function(*arguments)
    return time.perf_counter_ns() - begin


def measure(function, *arguments):
    """The nanoseconds of a call in each of several samples."""
    begin = time.perf_counter_ns()
    calls = 1
    while time_of(calls, function, *arguments) < SAMPLE_NS / 2:
        calls *= 2
    samples = []
    while len(samples) < SAMPLES and (len(samples) < 3 or time.perf_counter_ns() - begin < BUDGET_NS):
        samples.append(time_of(calls, function, *arguments) / calls)
    return samples


def main(kernel, module, configuration):
    functions = functions_of(module)
    vector = {name: bytes.fromhex(value) for name, value in configuration["vector"].items()}
    key, iv = vector["key"], vector["iv"]
    if functions["encrypt"](vector["plain"], key, iv) != vector["encrypted"]:
        sys.exit("it encrypts to something else")
    if functions["decrypt"](vector["encrypted"], key, iv) != vector["plain"]:
        sys.exit("it decrypts to something else")
    for repetition in range(configuration["repetitions"]):
        for operation, function in functions.items():
            for size in configuration["sizes"]:
                data = (vector["plain"] * (size // len(vector["plain"]) + 1))[:size]
                samples = measure(function, data, key, iv)
                row = {
                    "name": f"ige/{operation}/{kernel}/{size}",
                    "repetition_index": repetition,
                    "real_time": statistics.median(samples),
                    "best_ns": min(samples),
                }
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    with open(sys.argv[3], encoding="utf-8") as file:
        main(sys.argv[1], sys.argv[2], json.load(file))
