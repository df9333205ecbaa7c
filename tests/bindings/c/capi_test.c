// The C interface as a C program sees it. Prints what is wrong; exit code 1 if anything is.

#include "corogram_crypto.h"

#include <stdio.h>
#include <string.h>

static int checks = 0;
static int failures = 0;

static void check(int holds, int line, const char* what) {
  ++checks;
  if (holds) return;
  ++failures;
  printf("line %d: not so: %s\n", line, what);
}

#define CHECK(condition) check((condition), __LINE__, #condition)
#define SAME(a, b) (memcmp((a), (b), sizeof(b)) == 0)

// ---- vectors

// NIST SP 800-38A, F.1.5, F.2.5 and F.5.5: the same key and plaintext in three modes.
static const uint8_t key[32] = {0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae,
                                0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61,
                                0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
static const uint8_t plain[32] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e,
                                  0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03,
                                  0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51};
static const uint8_t ecb[32] = {0xf3, 0xee, 0xd1, 0xbd, 0xb5, 0xd2, 0xa0, 0x3c, 0x06, 0x4b, 0x5a,
                                0x7e, 0x3d, 0xb1, 0x81, 0xf8, 0x59, 0x1c, 0xcb, 0x10, 0xd4, 0x10,
                                0xed, 0x26, 0xdc, 0x5b, 0xa7, 0x4a, 0x31, 0x36, 0x28, 0x70};
static const uint8_t cbc_iv[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t cbc[32] = {0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5, 0xf1, 0xba, 0x77, 0x9e, 0xab,
                                0xfb, 0x5f, 0x7b, 0xfb, 0xd6, 0x9c, 0xfc, 0x4e, 0x96, 0x7e, 0xdb,
                                0x80, 0x8d, 0x67, 0x9f, 0x77, 0x7b, 0xc6, 0x70, 0x2c, 0x7d};
static const uint8_t ctr_iv[16] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
                                   0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
static const uint8_t ctr[32] = {0x60, 0x1e, 0xc3, 0x13, 0x77, 0x57, 0x89, 0xa5, 0xb7, 0xa7, 0xf5,
                                0x04, 0xbb, 0xf3, 0xd2, 0x28, 0xf4, 0x43, 0xe3, 0xca, 0x4d, 0x62,
                                0xb5, 0x9a, 0xca, 0x84, 0xe9, 0x90, 0xca, 0xca, 0xf5, 0xc5};

// Made with Python's hashlib and TgCrypto: auth_key[i] = i, text[i] = 7 i + 1.
static const uint8_t from_client[48] = {
    0x56, 0xc1, 0x1a, 0x7b, 0x27, 0x64, 0x98, 0x9a, 0x9d, 0x34, 0x30, 0x78, 0xe6, 0xa3, 0x90, 0xb8,
    0xcd, 0x4f, 0xa5, 0xa5, 0x46, 0x9e, 0xcd, 0x2d, 0xb0, 0xf9, 0xe4, 0x55, 0xbf, 0x21, 0xf0, 0xf0,
    0x22, 0xcc, 0x91, 0x8b, 0xa4, 0x48, 0x65, 0x79, 0xba, 0xc8, 0x18, 0x43, 0x60, 0x3d, 0x8f, 0xb2};
static const uint8_t from_client_large[32] = {
    0x8f, 0x11, 0xe1, 0x30, 0x03, 0x04, 0x35, 0xb5, 0x8c, 0xa9, 0x3f, 0xa2, 0x3d, 0x58, 0x74, 0x5b,
    0x83, 0x9e, 0x28, 0x2b, 0x40, 0x8b, 0xd4, 0x40, 0x28, 0x94, 0xd8, 0x60, 0x32, 0xef, 0x6d, 0xc5};
static const uint8_t from_server[48] = {
    0x5c, 0xc6, 0x8a, 0x8a, 0x42, 0x03, 0xa6, 0x7c, 0xe4, 0xb0, 0x26, 0x20, 0xcd, 0x7a, 0xff, 0x02,
    0xff, 0xc2, 0xd2, 0x4a, 0xc1, 0xa1, 0x46, 0xac, 0x71, 0x4f, 0xe1, 0xa1, 0x23, 0xf2, 0xf1, 0x3d,
    0x1e, 0x37, 0x03, 0xc8, 0x74, 0x8e, 0xef, 0x4b, 0x03, 0x8b, 0x54, 0xfa, 0x34, 0x64, 0xe3, 0x15};
static const uint8_t from_server_key[16] = {0x07, 0x30, 0xa6, 0x12, 0x48, 0x0a, 0x53, 0x50,
                                            0xce, 0xe7, 0xe0, 0x0d, 0xb1, 0x7b, 0xa0, 0x30};

static uint8_t auth_key[256];
static uint8_t text[48];
static const uint8_t zeros[48] = {0};

static void make_inputs(void) {
  size_t i;
  for (i = 0; i < sizeof auth_key; ++i) auth_key[i] = (uint8_t)i;
  for (i = 0; i < sizeof text; ++i) text[i] = (uint8_t)(7 * i + 1);
}

// ---- the modes

// With an IV of zeros the standard's blocks are an IGE text but for XORs: the first is as it is;
// for the second, in[1] = p[1] ^ out[0] and out[1] = E(p[1]) ^ in[0].
static void test_ige(void) {
  const uint8_t iv[32] = {0};
  uint8_t in[32], expected[32], out[32];
  int i;
  for (i = 0; i < 16; ++i) {
    in[i] = plain[i];
    expected[i] = ecb[i];
    in[16 + i] = (uint8_t)(plain[16 + i] ^ ecb[i]);
    expected[16 + i] = (uint8_t)(ecb[16 + i] ^ plain[i]);
  }
  CHECK(corogram_ige_encrypt(key, iv, in, out, 32) == COROGRAM_OK);
  CHECK(SAME(out, expected));
  CHECK(corogram_ige_decrypt(key, iv, out, out, 32) == COROGRAM_OK);
  CHECK(SAME(out, in));
}

static void test_cbc(void) {
  uint8_t iv[16], out[32];
  memcpy(iv, cbc_iv, sizeof iv);
  CHECK(corogram_cbc_encrypt(key, iv, plain, out, 16) == COROGRAM_OK);
  CHECK(memcmp(iv, cbc, 16) == 0);
  CHECK(corogram_cbc_encrypt(key, iv, plain + 16, out + 16, 16) == COROGRAM_OK);
  CHECK(SAME(out, cbc));
  CHECK(memcmp(iv, cbc + 16, 16) == 0);
  memcpy(iv, cbc_iv, sizeof iv);
  CHECK(corogram_cbc_decrypt(key, iv, out, out, 32) == COROGRAM_OK);
  CHECK(SAME(out, plain));
  CHECK(memcmp(iv, cbc + 16, 16) == 0);
}

static void test_ctr(void) {
  corogram_ctr* stream = NULL;
  uint8_t out[32];
  CHECK(corogram_ctr_new(key, ctr_iv, &stream) == COROGRAM_OK);
  memcpy(out, plain, sizeof out);
  CHECK(corogram_ctr_apply(stream, out, out, 5) == COROGRAM_OK);
  CHECK(corogram_ctr_apply(stream, NULL, NULL, 0) == COROGRAM_OK);
  CHECK(corogram_ctr_apply(stream, plain + 5, out + 5, 27) == COROGRAM_OK);
  CHECK(SAME(out, ctr));
  corogram_ctr_free(stream);
  corogram_ctr_free(NULL);
}

// ---- messages

static void test_one_message(void) {
  uint8_t changed[48], msg_key[16];
  memcpy(changed, text, sizeof changed);
  CHECK(corogram_message_seal(auth_key, COROGRAM_CLIENT, changed, 48, msg_key) == COROGRAM_OK);
  CHECK(SAME(changed, from_client));
  CHECK(memcmp(msg_key, from_client_large + 8, 16) == 0);
  CHECK(corogram_message_open(auth_key, COROGRAM_CLIENT, msg_key, changed, 48) == COROGRAM_OK);
  CHECK(SAME(changed, text));

  CHECK(corogram_message_seal(auth_key, COROGRAM_SERVER, changed, 48, msg_key) == COROGRAM_OK);
  CHECK(SAME(changed, from_server));
  CHECK(SAME(msg_key, from_server_key));
  changed[40] ^= 1;
  CHECK(corogram_message_open(auth_key, COROGRAM_SERVER, msg_key, changed, 48) ==
        COROGRAM_WRONG_MSG_KEY);
  CHECK(SAME(changed, zeros));
}

// More than the library takes at once, of different lengths and keys.
enum { many = 101, longest = 16 * 40 };
static uint8_t texts[many][longest], kept[many][longest], keys[many][256];
static struct corogram_message messages[many];

static void test_many_messages(void) {
  size_t i, k;
  for (i = 0; i < many; ++i) {
    struct corogram_message* const message = &messages[i];
    memset(message, 0x5a, sizeof *message);
    message->auth_key = keys[i];
    message->text = texts[i];
    message->size = 16 * (1 + i % 40);
    message->sender = i % 3 == 0 ? COROGRAM_SERVER : COROGRAM_CLIENT;
    for (k = 0; k < 256; ++k) keys[i][k] = (uint8_t)(i * 31 + k);
    for (k = 0; k < message->size; ++k) texts[i][k] = (uint8_t)(i + k * k);
    memcpy(kept[i], texts[i], longest);
  }
  CHECK(corogram_messages_seal(messages, many) == COROGRAM_OK);
  for (i = 0; i < many; ++i) {
    const struct corogram_message* const message = &messages[i];
    uint8_t alone[longest], msg_key[16];
    memcpy(alone, kept[i], longest);
    CHECK(corogram_message_seal(keys[i], message->sender, alone, message->size, msg_key) ==
          COROGRAM_OK);
    CHECK(message->status == COROGRAM_OK);
    CHECK(SAME(texts[i], alone));
    CHECK(SAME(message->msg_key, msg_key));
    CHECK(memcmp(message->msg_key_large + 8, msg_key, 16) == 0);
  }

  messages[3].msg_key[0] ^= 1;
  texts[70][0] ^= 1;
  CHECK(corogram_messages_open(messages, many) == COROGRAM_WRONG_MSG_KEY);
  for (i = 0; i < many; ++i) {
    const int forged = i == 3 || i == 70;
    CHECK(messages[i].status == (forged ? COROGRAM_WRONG_MSG_KEY : COROGRAM_OK));
    for (k = 0; k < messages[i].size; ++k)
      if (texts[i][k] != (forged ? 0 : kept[i][k])) break;
    CHECK(k == messages[i].size);
    CHECK((memcmp(messages[i].msg_key_large, zeros, 32) == 0) == forged);
  }
}

// ---- factorisation

static void test_factorisation(void) {
  uint64_t p = 1, q = 2;
  CHECK(corogram_factorize(UINT64_C(0x17ED48941A08F981), &p, &q) == COROGRAM_OK);
  CHECK(p == 0x494C553B && q == 0x53911073);
  // The largest product of two primes below 2^64, and what is none.
  CHECK(corogram_factorize(UINT64_C(18446744030759878681), &p, &q) == COROGRAM_OK);
  CHECK(p == UINT64_C(4294967291) && q == UINT64_C(4294967291));
  CHECK(corogram_factorize(UINT64_C(4294967291), &p, &q) == COROGRAM_NOT_TWO_PRIMES);
  CHECK(corogram_factorize(30, &p, &q) == COROGRAM_NOT_TWO_PRIMES);
  CHECK(corogram_factorize(1, &p, &q) == COROGRAM_NOT_TWO_PRIMES);
  CHECK(corogram_factorize(0, &p, &q) == COROGRAM_NOT_TWO_PRIMES);
  CHECK(p == UINT64_C(4294967291) && q == UINT64_C(4294967291));
}

// ---- wrong arguments

typedef int (*ige_function)(const uint8_t*, const uint8_t*, const uint8_t*, uint8_t*, size_t);
typedef int (*cbc_function)(const uint8_t*, uint8_t*, const uint8_t*, uint8_t*, size_t);

static void test_wrong_ige(ige_function function) {
  uint8_t iv[32] = {0}, room[64];
  memset(room, 7, sizeof room);
  CHECK(function(NULL, iv, plain, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, NULL, plain, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, NULL, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, plain, NULL, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, plain, room, 17) == COROGRAM_WRONG_SIZE);
  CHECK(function(key, iv, plain, room, (size_t)-1) == COROGRAM_WRONG_SIZE);
  CHECK(function(key, iv, room, room + 1, 16) == COROGRAM_OVERLAP);
  CHECK(function(key, iv, room + 31, room, 32) == COROGRAM_OVERLAP);
  CHECK(room[0] == 7 && memcmp(room, room + 1, sizeof room - 1) == 0);
  CHECK(function(key, iv, NULL, NULL, 0) == COROGRAM_OK);
  CHECK(function(key, iv, room + 32, room, 32) == COROGRAM_OK);
}

static void test_wrong_cbc(cbc_function function) {
  uint8_t iv[16], room[64];
  memcpy(iv, cbc_iv, sizeof iv);
  memset(room, 7, sizeof room);
  CHECK(function(NULL, iv, plain, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, NULL, plain, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, NULL, room, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, plain, NULL, 32) == COROGRAM_NULL_ARGUMENT);
  CHECK(function(key, iv, plain, room, 31) == COROGRAM_WRONG_SIZE);
  CHECK(function(key, iv, room, room + 15, 16) == COROGRAM_OVERLAP);
  CHECK(room[0] == 7 && memcmp(room, room + 1, sizeof room - 1) == 0);
  CHECK(function(key, iv, NULL, NULL, 0) == COROGRAM_OK);
  CHECK(SAME(iv, cbc_iv));
}

static void test_wrong_ctr(void) {
  corogram_ctr* stream = NULL;
  uint8_t room[8] = {0};
  CHECK(corogram_ctr_new(NULL, ctr_iv, &stream) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_ctr_new(key, NULL, &stream) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_ctr_new(key, ctr_iv, NULL) == COROGRAM_NULL_ARGUMENT);
  CHECK(stream == NULL);
  CHECK(corogram_ctr_apply(NULL, plain, room, 8) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_ctr_new(key, ctr_iv, &stream) == COROGRAM_OK);
  CHECK(corogram_ctr_apply(stream, NULL, room, 8) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_ctr_apply(stream, plain, NULL, 8) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_ctr_apply(stream, room, room + 1, 7) == COROGRAM_OVERLAP);
  // None of them took anything of the stream.
  CHECK(corogram_ctr_apply(stream, plain, room, 8) == COROGRAM_OK);
  CHECK(memcmp(room, ctr, 8) == 0);
  corogram_ctr_free(stream);
}

typedef int (*messages_function)(struct corogram_message*, size_t);

static void test_wrong_messages(messages_function function) {
  struct corogram_message pair[2];
  uint8_t first[48], second[48];
  int i;
  CHECK(function(NULL, 0) == COROGRAM_OK);
  CHECK(function(NULL, 1) == COROGRAM_NULL_ARGUMENT);
  for (i = 0; i < 5; ++i) {
    static const int expected[5] = {COROGRAM_NULL_ARGUMENT, COROGRAM_NULL_ARGUMENT,
                                    COROGRAM_WRONG_SIZE, COROGRAM_WRONG_SIZE,
                                    COROGRAM_WRONG_SENDER};
    memset(pair, 0, sizeof pair);
    memcpy(first, text, sizeof first);
    memcpy(second, text, sizeof second);
    pair[0].auth_key = pair[1].auth_key = auth_key;
    pair[0].text = first;
    pair[1].text = second;
    pair[0].size = pair[1].size = 48;
    if (i == 0) pair[1].auth_key = NULL;
    if (i == 1) pair[1].text = NULL;
    if (i == 2) pair[1].size = 40;
    if (i == 3) pair[1].size = 0;
    if (i == 4) pair[1].sender = 1;
    CHECK(function(pair, 2) == expected[i]);
    CHECK(pair[0].status == COROGRAM_OK && pair[1].status == expected[i]);
    CHECK(SAME(first, text) && SAME(second, text));
  }
}

static void test_wrong_arguments(void) {
  uint8_t msg_key[16] = {0}, room[48] = {0};
  uint64_t number;
  test_wrong_ige(corogram_ige_encrypt);
  test_wrong_ige(corogram_ige_decrypt);
  test_wrong_cbc(corogram_cbc_encrypt);
  test_wrong_cbc(corogram_cbc_decrypt);
  test_wrong_ctr();
  test_wrong_messages(corogram_messages_seal);
  test_wrong_messages(corogram_messages_open);
  CHECK(corogram_message_seal(NULL, COROGRAM_CLIENT, room, 48, msg_key) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_message_seal(auth_key, COROGRAM_CLIENT, NULL, 48, msg_key) ==
        COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_message_seal(auth_key, COROGRAM_CLIENT, room, 48, NULL) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_message_seal(auth_key, COROGRAM_CLIENT, room, 0, msg_key) == COROGRAM_WRONG_SIZE);
  CHECK(corogram_message_seal(auth_key, -8, room, 48, msg_key) == COROGRAM_WRONG_SENDER);
  CHECK(corogram_message_open(auth_key, COROGRAM_CLIENT, NULL, room, 48) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_message_open(auth_key, COROGRAM_CLIENT, msg_key, room, 47) == COROGRAM_WRONG_SIZE);
  CHECK(SAME(room, zeros) && memcmp(msg_key, zeros, 16) == 0);
  CHECK(corogram_factorize(15, NULL, &number) == COROGRAM_NULL_ARGUMENT);
  CHECK(corogram_factorize(15, &number, NULL) == COROGRAM_NULL_ARGUMENT);
}

static void test_names(void) {
  int status;
  CHECK(strcmp(corogram_version(), EXPECTED_VERSION) == 0);
  CHECK(corogram_kernel(NULL) == NULL);
  CHECK(corogram_kernel("") == NULL);
  CHECK(corogram_kernel("rsa") == NULL);
  CHECK(corogram_kernel("ige") != NULL && corogram_kernel("ctr") != NULL);
  CHECK(corogram_kernel("hash") != NULL && corogram_kernel("open") != NULL);
  CHECK(corogram_kernel("seal") != NULL);
  CHECK(strcmp(corogram_status_text(COROGRAM_NO_MEMORY + 1), corogram_status_text(-1)) == 0);
  for (status = COROGRAM_OK; status <= COROGRAM_NO_MEMORY; ++status)
    CHECK(strcmp(corogram_status_text(status), corogram_status_text(-1)) != 0);
}

int main(void) {
  make_inputs();
  test_ige();
  test_cbc();
  test_ctr();
  test_one_message();
  test_many_messages();
  test_factorisation();
  test_wrong_arguments();
  test_names();
  printf("%d checks, %d failures; ige by %s, ctr by %s\n", checks, failures, corogram_kernel("ige"),
         corogram_kernel("ctr"));
  return failures == 0 ? 0 : 1;
}
