// TgCrypto's Python module on our kernels: the same functions, arguments, results and errors, so
// that whatever imports `tgcrypto` (Pyrogram does) can be given this one instead.
//
// One thing differs. TgCrypto writes the continuation of a stream into `iv` and `state` whatever
// they are; where they are `bytes`, it thereby changes objects that Python takes for constant and
// shares between all who use them. Here they are written only where Python says that they may be.

#define PY_SSIZE_T_CLEAN
#include <corogram/core/bytes.hpp>
#include <corogram/crypto/cbc.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ige.hpp>

#include <Python.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace {

using namespace corogram;

constexpr std::size_t block_size = crypto::aes_block_size;
constexpr std::size_t key_size = 32;

/// Up to four buffers lent by Python, given back at the end.
class arguments {
 public:
  arguments() = default;
  arguments(const arguments&) = delete;
  arguments& operator=(const arguments&) = delete;
  ~arguments() {
    for (Py_buffer& buffer : buffers_)
      if (buffer.obj != nullptr) PyBuffer_Release(&buffer);
  }

  /// parse takes (data, key, iv) or, with `with_state`, (data, key, iv, state).
  /// Errors: false, and a Python exception is set.
  bool parse(PyObject* tuple, bool with_state) {
    auto& [data, key, iv, state] = buffers_;
    return with_state ? PyArg_ParseTuple(tuple, "y*y*y*y*", &data, &key, &iv, &state) != 0
                      : PyArg_ParseTuple(tuple, "y*y*y*", &data, &key, &iv) != 0;
  }

  [[nodiscard]] core::byte_view data() const { return view(0); }
  [[nodiscard]] core::byte_view key() const { return view(1); }
  [[nodiscard]] core::byte_view iv() const { return view(2); }
  [[nodiscard]] core::byte_view state() const { return view(3); }

  /// continue_with leaves the `iv` for the call after this one where the caller can see it.
  void continue_with(core::byte_view iv) { write(2, iv); }
  void continue_with(core::byte_view iv, core::byte state) {
    write(2, iv);
    write(3, {&state, 1});
  }

 private:
  [[nodiscard]] core::byte_view view(std::size_t i) const {
    return {static_cast<const core::byte*>(buffers_[i].buf),
            static_cast<std::size_t>(buffers_[i].len)};
  }

  void write(std::size_t i, core::byte_view value) {
    if (buffers_[i].readonly == 0)
      std::ranges::copy(value, static_cast<core::byte*>(buffers_[i].buf));
  }

  std::array<Py_buffer, 4> buffers_{};
};

/// Other Python threads may run while this lives, if there is enough to do that it pays.
class without_gil {
 public:
  explicit without_gil(std::size_t bytes) : saved_(bytes >= 4096 ? PyEval_SaveThread() : nullptr) {}
  without_gil(const without_gil&) = delete;
  without_gil& operator=(const without_gil&) = delete;
  ~without_gil() {
    if (saved_ != nullptr) PyEval_RestoreThread(saved_);
  }

 private:
  PyThreadState* saved_;
};

bool refuse(const char* why) {
  PyErr_SetString(PyExc_ValueError, why);
  return false;
}

bool check_key_and_iv(const arguments& given, std::size_t iv_size) {
  if (given.key().size() != key_size) return refuse("Key size must be exactly 32 bytes");
  if (given.iv().size() != iv_size)
    return refuse(iv_size == 32 ? "IV size must be exactly 32 bytes"
                                : "IV size must be exactly 16 bytes");
  return true;
}

bool check_blocks(const arguments& given, std::size_t iv_size) {
  if (given.data().empty()) return refuse("Data must not be empty");
  if (given.data().size() % block_size != 0)
    return refuse("Data size must match a multiple of 16 bytes");
  return check_key_and_iv(given, iv_size);
}

bool check_stream(const arguments& given) {
  if (given.data().empty()) return refuse("Data must not be empty");
  if (!check_key_and_iv(given, block_size)) return false;
  if (given.state().size() != 1) return refuse("State size must be exactly 1 byte");
  if (given.state()[0] >= block_size) return refuse("State value must be in the range [0, 15]");
  return true;
}

/// A new bytes object of that size, and where to write its content; or an exception is set.
struct new_bytes {
  explicit new_bytes(std::size_t size)
      : object(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size))) {
    if (object != nullptr)
      content = {static_cast<core::byte*>(static_cast<void*>(PyBytes_AS_STRING(object))), size};
  }

  PyObject* object;
  core::byte_span content;
};

using ige_function = void (*)(std::span<const core::byte, 32>, std::span<const core::byte, 32>,
                              core::byte_view, core::byte_span) noexcept;

template <ige_function apply>
PyObject* ige256(PyObject*, PyObject* tuple) {
  arguments given;
  if (!given.parse(tuple, false) || !check_blocks(given, 32)) return nullptr;
  const new_bytes out(given.data().size());
  if (out.object == nullptr) return nullptr;
  const without_gil running(given.data().size());
  apply(given.key().first<32>(), given.iv().first<32>(), given.data(), out.content);
  return out.object;
}

using cbc_function = void (*)(std::span<const core::byte, 32>, std::span<core::byte, 16>,
                              core::byte_span) noexcept;

template <cbc_function apply>
PyObject* cbc256(PyObject*, PyObject* tuple) {
  arguments given;
  if (!given.parse(tuple, false) || !check_blocks(given, block_size)) return nullptr;
  const new_bytes out(given.data().size());
  if (out.object == nullptr) return nullptr;
  std::array<core::byte, block_size> iv;
  std::ranges::copy(given.iv(), iv.begin());
  const without_gil running(given.data().size());
  std::memcpy(out.content.data(), given.data().data(), out.content.size());
  apply(given.key().first<32>(), iv, out.content);
  given.continue_with(iv);
  return out.object;
}

// `iv` is the counter of the block that the next byte belongs to, and `state` how many bytes of
// that block's key stream are used up.
PyObject* ctr256(PyObject*, PyObject* tuple) {
  arguments given;
  if (!given.parse(tuple, true) || !check_stream(given)) return nullptr;
  const new_bytes out(given.data().size());
  if (out.object == nullptr) return nullptr;
  std::array<core::byte, block_size> counter;
  std::ranges::copy(given.iv(), counter.begin());
  const std::size_t used = given.state()[0];

  const without_gil running(given.data().size());
  crypto::ctr_stream stream(given.key().first<32>(), counter);
  std::array<core::byte, block_size> skipped{};
  stream.apply(core::byte_span(skipped).first(used));
  stream.apply(given.data(), out.content);

  std::size_t carry = (used + out.content.size()) / block_size;
  for (std::size_t i = counter.size(); i-- > 0 && carry != 0; carry >>= 8) {
    carry += counter[i];
    counter[i] = static_cast<core::byte>(carry);
  }
  given.continue_with(counter, static_cast<core::byte>((used + out.content.size()) % block_size));
  return out.object;
}

PyMethodDef methods[] = {
    {"ige256_encrypt", ige256<crypto::ige_encrypt>, METH_VARARGS,
     "ige256_encrypt(data, key, iv)\n--\n\nAES-256-IGE Encryption"},
    {"ige256_decrypt", ige256<crypto::ige_decrypt>, METH_VARARGS,
     "ige256_decrypt(data, key, iv)\n--\n\nAES-256-IGE Decryption"},
    {"ctr256_encrypt", ctr256, METH_VARARGS,
     "ctr256_encrypt(data, key, iv, state)\n--\n\nAES-256-CTR Encryption"},
    {"ctr256_decrypt", ctr256, METH_VARARGS,
     "ctr256_decrypt(data, key, iv, state)\n--\n\nAES-256-CTR Decryption"},
    {"cbc256_encrypt", cbc256<crypto::cbc_encrypt>, METH_VARARGS,
     "cbc256_encrypt(data, key, iv)\n--\n\nAES-256-CBC Encryption"},
    {"cbc256_decrypt", cbc256<crypto::cbc_decrypt>, METH_VARARGS,
     "cbc256_decrypt(data, key, iv)\n--\n\nAES-256-CBC Decryption"},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module{
    PyModuleDef_HEAD_INIT,
    "tgcrypto",
    "corogram's AES-256-IGE, CTR and CBC behind the interface of TgCrypto.",
    0,
    methods,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit_tgcrypto() {
  return PyModuleDef_Init(&module);
}
