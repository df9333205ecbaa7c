#ifndef COROGRAM_CRYPTO_H
#define COROGRAM_CRYPTO_H

// MTProto's ciphers for every language that can call C: AES-256 in IGE, CTR and CBC mode, messages
// of MTProto 2.0 sealed and opened as a whole, and the factorisation of the key exchange. The
// library chooses the fastest implementation that the machine supports.
//
// Where nothing else is said:
// - Sizes are in bytes. Arrays are bytes in the order of the wire, at any alignment.
// - A function returns COROGRAM_OK or another corogram_status, and then has changed nothing.
//   COROGRAM_NULL_ARGUMENT: a pointer is NULL that has to lead somewhere. A text of size 0 may be
//   NULL.
// - `out` has the size of `in`, and is `in` itself or does not overlap it. No other argument
//   overlaps `out`.
// - Nothing is kept: what a pointer leads to belongs to the caller as soon as the call is over.
// - Functions may be called from any thread at any time. No exception leaves them. Copies of keys
//   are wiped. If OpenSSL, which some machines need for AES, has no memory, the program ends.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What functions return. Later versions may add numbers and change none.
enum corogram_status {
  COROGRAM_OK = 0,
  COROGRAM_NULL_ARGUMENT = 1,
  COROGRAM_WRONG_SIZE = 2,
  COROGRAM_OVERLAP = 3,
  COROGRAM_WRONG_SENDER = 4,
  COROGRAM_WRONG_MSG_KEY = 5,
  COROGRAM_NOT_TWO_PRIMES = 6,
  COROGRAM_NO_MEMORY = 7
};

/// corogram_status_text describes a status in a few English words. It never returns NULL, whatever
/// number it is given; the text lives for ever.
const char* corogram_status_text(int status);

/// corogram_version returns the version of the library, such as "0.1.0". The text lives for ever.
const char* corogram_version(void);

/// corogram_kernel names the implementation in use, such as "aesni", of "ige", "ctr", "hash",
/// "open" or "seal"; of anything else it returns NULL. The text lives for ever. The environment
/// variable COROGRAM_KERNEL, a list of names with commas between them, forces others, if it is set
/// before the first call.
const char* corogram_kernel(const char* subject);

/// corogram_ige_encrypt encrypts with AES-256-IGE: out[i] = E(in[i] ^ out[i-1]) ^ in[i-1].
/// Shape: `iv` is out[-1], then in[-1]; it is not changed.
/// Errors: COROGRAM_NULL_ARGUMENT; COROGRAM_WRONG_SIZE: not a multiple of 16; COROGRAM_OVERLAP.
int corogram_ige_encrypt(const uint8_t key[32], const uint8_t iv[32], const uint8_t* in,
                         uint8_t* out, size_t size);

/// corogram_ige_decrypt undoes corogram_ige_encrypt, with the same `iv` and the same errors.
int corogram_ige_decrypt(const uint8_t key[32], const uint8_t iv[32], const uint8_t* in,
                         uint8_t* out, size_t size);

/// corogram_cbc_encrypt encrypts with AES-256-CBC, without padding: out[i] = E(in[i] ^ out[i-1]).
/// Shape: `iv` is out[-1]. Afterwards it holds the last block of out, with which the next text goes
/// on; after a text of size 0 it is as before.
/// Errors: as corogram_ige_encrypt.
int corogram_cbc_encrypt(const uint8_t key[32], uint8_t iv[16], const uint8_t* in, uint8_t* out,
                         size_t size);

/// corogram_cbc_decrypt undoes corogram_cbc_encrypt: it needs the same `iv`, leaves the same in it,
/// and has the same errors.
int corogram_cbc_decrypt(const uint8_t key[32], uint8_t iv[16], const uint8_t* in, uint8_t* out,
                         size_t size);

/// The key stream of AES-256-CTR, which goes on from call to call. One thread at a time may use it.
typedef struct corogram_ctr corogram_ctr;

/// corogram_ctr_new writes a new stream to `*ctr`; corogram_ctr_free is due for it.
/// Shape: `iv` is the first counter block, incremented as one big-endian number of 128 bits.
/// Errors: COROGRAM_NULL_ARGUMENT; COROGRAM_NO_MEMORY.
int corogram_ctr_new(const uint8_t key[32], const uint8_t iv[16], corogram_ctr** ctr);

/// corogram_ctr_apply writes the XOR of `in` and the next `size` bytes of the stream to `out`,
/// which encrypts as well as it decrypts. Any size will do. Errors: COROGRAM_NULL_ARGUMENT;
/// COROGRAM_OVERLAP.
int corogram_ctr_apply(corogram_ctr* ctr, const uint8_t* in, uint8_t* out, size_t size);

/// corogram_ctr_free wipes a stream and frees it. NULL is left alone.
void corogram_ctr_free(corogram_ctr* ctr);

/// Who sends a message. The value is the x of the specification.
enum corogram_sender { COROGRAM_CLIENT = 0, COROGRAM_SERVER = 8 };

/// A message of MTProto 2.0 that is sealed or opened in place.
struct corogram_message {
  /// The authorization key. Shape: 256 bytes.
  const uint8_t* auth_key;
  /// The plaintext with its padding, and in its place the encrypted data, or the other way round.
  uint8_t* text;
  /// Of text: a multiple of 16, and not 0.
  size_t size;
  /// COROGRAM_CLIENT or COROGRAM_SERVER.
  int sender;
  /// Written by both: what became of this message.
  int status;
  /// Written by sealing, read by opening.
  uint8_t msg_key[16];
  /// Written by both: the SHA-256 whose middle is the message key. Of a client's message the first
  /// 4 bytes are what a quick acknowledgement is made of. Zero if the message could not be opened.
  uint8_t msg_key_large[32];
};

/// corogram_messages_seal encrypts all messages, which is faster than one after the other: up to
/// three times, if they are long. Pre: no two texts overlap.
/// Errors: if any message is not as it should be, its `status` tells, that of the others is
/// COROGRAM_OK, no message is sealed, and the first such status is returned:
/// COROGRAM_NULL_ARGUMENT, COROGRAM_WRONG_SIZE or COROGRAM_WRONG_SENDER. `messages` may be NULL if
/// `count` is 0.
int corogram_messages_seal(struct corogram_message* messages, size_t count);

/// corogram_messages_open decrypts all messages and checks their message keys, which is faster than
/// one after the other: up to three times, if they are long. Pre: no two texts overlap.
/// Errors: those of corogram_messages_seal, in the same way, before anything is opened. After that
/// COROGRAM_WRONG_MSG_KEY, if it is the `status` of any message: then its key is not that of its
/// text, nothing in it can be trusted, and its text is overwritten with zeros; the others are
/// opened.
int corogram_messages_open(struct corogram_message* messages, size_t count);

/// corogram_message_seal encrypts `text` in place and writes its message key.
/// Errors: COROGRAM_NULL_ARGUMENT; COROGRAM_WRONG_SIZE: 0, or not a multiple of 16;
/// COROGRAM_WRONG_SENDER.
int corogram_message_seal(const uint8_t auth_key[256], int sender, uint8_t* text, size_t size,
                          uint8_t msg_key[16]);

/// corogram_message_open decrypts `text` in place.
/// Errors: as corogram_message_seal, and COROGRAM_WRONG_MSG_KEY, after which `text` holds zeros.
int corogram_message_open(const uint8_t auth_key[256], int sender, const uint8_t msg_key[16],
                          uint8_t* text, size_t size);

/// corogram_factorize writes the primes p <= q whose product is `pq`, in about 50 us for the
/// numbers of the key exchange.
/// Errors: COROGRAM_NULL_ARGUMENT; COROGRAM_NOT_TWO_PRIMES: there are no such primes.
int corogram_factorize(uint64_t pq, uint64_t* p, uint64_t* q);

#ifdef __cplusplus
}
#endif

#endif
