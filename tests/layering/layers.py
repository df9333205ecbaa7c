"""The layers: what each folder under src/corogram, the generator and the generated code may include.

One row a layer, in the order of the table in README.md. `check_layering.py` reads these tables.
"""

# Layer -> the layers that it may include besides itself. `service`, `api` and `older_api` are the code
# generated from the schemas: mtproto knows the service messages, rpc and what stands on it know all.
GENERATED = ["service", "api", "older_api"]
PURE = ["core", "crypto", "tl", "transport", "mtproto", *GENERATED]
MAY_USE = {
    "core": [],
    "crypto": ["core"],
    "tl": ["core"],
    "transport": ["core", "crypto"],
    "mtproto": ["core", "crypto", "tl", "service"],
    "rpc": PURE,
    "client": PURE + ["rpc"],
    "testdc": PURE + ["rpc"],
    "conform": PURE + ["rpc", "client", "testdc"],
    "tools": PURE + ["rpc", "client", "testdc", "conform"],
    # Not layers: the native code generator, and the code that it writes for each schema.
    "generator": ["core", "tl"],
    "service": ["core", "tl"],
    "api": ["core", "tl"],
    "older_api": ["core", "tl"],
}

SHELL = ["rpc", "client", "testdc", "conform", "tools"]

# External library -> (prefix of the include, the layers that may include it).
EXTERNAL = {
    "OpenSSL": ("openssl/", ["crypto"]),
    "zlib": ("zlib.h", ["tl"]),
    "Asio": ("asio/", SHELL),
    "CLI11": ("CLI/", ["tools"]),
}

# Headers that nobody includes, and why.
NEVER = {
    "asio.hpp": "it costs twice the compile time of the headers that are needed: include those",
}

# The standard headers that the pure layers do without: they know no thread, device or file, and time and
# randomness are handed in.
IMPURE_STANDARD = frozenset(
    "condition_variable coroutine filesystem fstream future iostream mutex random semaphore"
    " shared_mutex stop_token thread barrier latch ctime csignal clocale".split()
)

STANDARD = frozenset(
    "algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono"
    " cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine"
    " csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque"
    " exception execution filesystem format forward_list fstream functional future initializer_list"
    " iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource"
    " mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator"
    " semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf"
    " string string_view syncstream system_error thread tuple type_traits typeindex typeinfo"
    " unordered_map unordered_set utility valarray variant vector version".split()
)

# The processor's intrinsics, and what tells which it has: the kernels of crypto, and nobody else.
INTRINSICS = frozenset(
    "arm_neon.h cpuid.h emmintrin.h immintrin.h smmintrin.h sys/auxv.h tmmintrin.h wmmintrin.h x86intrin.h".split()
)
