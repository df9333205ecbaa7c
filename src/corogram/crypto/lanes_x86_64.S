// Several messages at once on x86-64: IGE on one to three texts, SHA-256 on one to three, and both
// together. In assembly because g++ and clang allocate the sixteen registers of this so differently
// that one of them takes half as long again.
//
// One text of IGE keeps a processor waiting: each round of AES takes 4 cycles and needs the round
// before, while the unit could begin two every cycle. Other texts fill the gaps, and so does SHA-256,
// whose rounds wait for each other as well. A chunk is 64 bytes: four blocks of AES, 14 rounds each,
// beside one block of SHA-256, 16 steps of 4 rounds each. After each round of AES on all lanes
// follows a part of the steps, so that the processor, which looks ahead over some 300 instructions,
// always sees work of both kinds.
//
//   AES    round 1  round 2  round 3 ...          round 13  last | round 1 ...
//   SHA        step 0   step 0   step 0   step 1               |
//              lane 0   lane 1   lane 2   lane 0 ...           |
//
// IGE is folded as in ige_aesni.cpp: between two blocks the state is in[i] ^ out[i-1] ^ K0 already,
// and the mask in[i-1] ^ K14 is known before the block begins.
//
// All SHA instructions are of the old encoding, which stalls for hundreds of cycles if the upper
// halves of the registers are in use: hence vzeroupper first, and only 128 bits here.
//
// Nothing here branches on, or addresses by, anything but the number of chunks.

#ifdef __x86_64__

// detail/lanes.hpp has the same in C++.
#define LANE_STATE 0
#define LANE_MASK 16
#define LANE_KEY(round) 32 + 16 * (round)
#define LANE_TEXT 272
#define HASH_ABEF 0
#define HASH_CDGH 16
#define HASH_TEXT 32

// Registers of the lanes: base of the lane, and its text; the hashes' text.
#define LANE_0 %r8
#define LANE_1 %r9
#define LANE_2 %r10
#define TEXT_0 %r11
#define TEXT_1 %rbx
#define TEXT_2 %rbp
#define HASHED_0 %r12
#define HASHED_1 %r13
#define HASHED_2 %r14
#define AT %rax
#define END %rdx

// On the stack: for each hash the four words of its schedule that are in none of the registers, then
// its state at the beginning of the block.
#define WORDS(hash) 96 * (hash)
#define ABEF_BEFORE(hash) 96 * (hash) + 64
#define CDGH_BEFORE(hash) 96 * (hash) + 80
#define SCRATCH 288

// ---- AES

.macro aes_lane what, round, state, lane
  vaes\what LANE_KEY(\round)(\lane), \state, \state
.endm

.macro aes_round what, lanes, round
  aes_lane \what, \round, %xmm13, LANE_0
  .if \lanes > 1
  aes_lane \what, \round, %xmm14, LANE_1
  .endif
  .if \lanes > 2
  aes_lane \what, \round, %xmm15, LANE_2
  .endif
.endm

// The last round, twice in one: with the key in[i+1] ^ in[i-1] ^ K0 ^ K14 it makes the next state,
// and that without in[i+1] ^ K0 is out[i]. In place: in[i] is read before out[i] is written.
.macro aes_last_lane what, block, state, lane, text
  vmovdqu 16 * (\block) + 16(\text, AT), %xmm1
  vpxor LANE_KEY(0)(\lane), %xmm1, %xmm1
  vpxor LANE_MASK(\lane), %xmm1, %xmm2
  vmovdqu 16 * (\block)(\text, AT), %xmm3
  vpxor LANE_KEY(14)(\lane), %xmm3, %xmm3
  vmovdqa %xmm3, LANE_MASK(\lane)
  vaes\what\()last %xmm2, \state, \state
  vpxor %xmm1, \state, %xmm1
  vmovdqu %xmm1, 16 * (\block)(\text, AT)
.endm

.macro aes_last what, lanes, block
  aes_last_lane \what, \block, %xmm13, LANE_0, TEXT_0
  .if \lanes > 1
  aes_last_lane \what, \block, %xmm14, LANE_1, TEXT_1
  .endif
  .if \lanes > 2
  aes_last_lane \what, \block, %xmm15, LANE_2, TEXT_2
  .endif
.endm

// ---- SHA-256

// Four rounds, 4 * step to 4 * step + 3, and the schedule for later ones. `now` has the words of this
// step; those of the three steps before are on the stack, and msg1 has been applied to the oldest.
.macro sha_step step, hash, abef, cdgh, now, text
  .if (\step) < 4
  vmovdqu 16 * (\step)(\text, AT), \now
  vpshufb .Lbig_endian(%rip), \now, \now
  .endif
  vpaddd .Lround_constants + 16 * (\step)(%rip), \now, %xmm0
  sha256rnds2 %xmm0, \abef, \cdgh
  .if (\step) >= 1 && (\step) <= 14
  vmovdqa WORDS(\hash) + 16 * (((\step) + 3) & 3)(%rsp), %xmm3
  .endif
  .if (\step) <= 13
  vmovdqa \now, WORDS(\hash) + 16 * ((\step) & 3)(%rsp)
  .endif
  .if (\step) >= 3 && (\step) <= 14
  vpalignr $4, %xmm3, \now, %xmm1
  vpaddd WORDS(\hash) + 16 * (((\step) + 1) & 3)(%rsp), %xmm1, %xmm1
  sha256msg2 \now, %xmm1
  .endif
  .if (\step) >= 1 && (\step) <= 12
  sha256msg1 \now, %xmm3
  vmovdqa %xmm3, WORDS(\hash) + 16 * (((\step) + 3) & 3)(%rsp)
  .endif
  vpshufd $0x0e, %xmm0, %xmm0
  sha256rnds2 %xmm0, \cdgh, \abef
  .if (\step) >= 3 && (\step) <= 14
  vmovdqa %xmm1, \now
  .endif
.endm

.macro sha_step_of hash, step
  .if (\hash) == 0
  sha_step (\step), 0, %xmm4, %xmm5, %xmm10, HASHED_0
  .elseif (\hash) == 1
  sha_step (\step), 1, %xmm6, %xmm7, %xmm11, HASHED_1
  .else
  sha_step (\step), 2, %xmm8, %xmm9, %xmm12, HASHED_2
  .endif
.endm

.macro sha_begin_hash hash, abef, cdgh
  vmovdqa \abef, ABEF_BEFORE(\hash)(%rsp)
  vmovdqa \cdgh, CDGH_BEFORE(\hash)(%rsp)
.endm

.macro sha_end_hash hash, abef, cdgh
  vpaddd ABEF_BEFORE(\hash)(%rsp), \abef, \abef
  vpaddd CDGH_BEFORE(\hash)(%rsp), \cdgh, \cdgh
.endm

.macro for_hashes do, hashes
  .if \hashes > 0
  \do 0, %xmm4, %xmm5
  .endif
  .if \hashes > 1
  \do 1, %xmm6, %xmm7
  .endif
  .if \hashes > 2
  \do 2, %xmm8, %xmm9
  .endif
.endm

// ---- one chunk

// The parts of the steps that follow `round` in `block`: 4 * hashes parts on 13 rounds.
.macro sha_after round, block, hashes
  .irp part, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  .if \part < 4 * \hashes
  .if 1 + \part * 13 / (4 * \hashes) == \round
  sha_step_of (\part - \part / \hashes * \hashes), (4 * \block + \part / \hashes)
  .endif
  .endif
  .endr
.endm

.macro block what, lanes, hashes, number
  .irp round, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  aes_round \what, \lanes, \round
  .if \hashes > 0
  sha_after \round, \number, \hashes
  .endif
  .endr
  aes_last \what, \lanes, \number
.endm

.macro chunk what, lanes, hashes
  for_hashes sha_begin_hash, \hashes
  .if \lanes > 0
  .irp number, 0, 1, 2, 3
  block \what, \lanes, \hashes, \number
  .endr
  .else
  .irp step, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  .irp hash, 0, 1, 2
  .if \hash < \hashes
  sha_step_of \hash, \step
  .endif
  .endr
  .endr
  .endif
  for_hashes sha_end_hash, \hashes
.endm

// ---- functions

.macro load_lane index, lane, text, state
  mov 8 * \index(%rdi), \lane
  mov LANE_TEXT(\lane), \text
  vmovdqa LANE_STATE(\lane), \state
.endm

.macro store_lane lane, text, state
  lea (\text, AT), \text
  mov \text, LANE_TEXT(\lane)
  vmovdqa \state, LANE_STATE(\lane)
.endm

.macro load_hash index, text, abef, cdgh
  mov 8 * \index(%rsi), %rcx
  mov HASH_TEXT(%rcx), \text
  vmovdqa HASH_ABEF(%rcx), \abef
  vmovdqa HASH_CDGH(%rcx), \cdgh
.endm

.macro store_hash index, text, abef, cdgh
  mov 8 * \index(%rsi), %rcx
  lea (\text, AT), \text
  mov \text, HASH_TEXT(%rcx)
  vmovdqa \abef, HASH_ABEF(%rcx)
  vmovdqa \cdgh, HASH_CDGH(%rcx)
.endm

.macro save register
  push \register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
.endm

.macro restore register
  pop \register
  .cfi_adjust_cfa_offset -8
  .cfi_restore \register
.endm

// void NAME(ige_lane* const* lanes, sha256_lane* const* hashes, std::size_t chunks)
// Pre: chunks > 0.
.macro function name, what, lanes, hashes
  .globl \name
  .hidden \name
  .type \name, @function
  .balign 64
\name:
  .cfi_startproc
  endbr64
  vzeroupper
  save %rbx
  save %rbp
  save %r12
  save %r13
  save %r14
  sub $SCRATCH, %rsp
  .cfi_adjust_cfa_offset SCRATCH

  shl $6, END
  .if \lanes > 0
  load_lane 0, LANE_0, TEXT_0, %xmm13
  .endif
  .if \lanes > 1
  load_lane 1, LANE_1, TEXT_1, %xmm14
  .endif
  .if \lanes > 2
  load_lane 2, LANE_2, TEXT_2, %xmm15
  .endif
  .if \hashes > 0
  load_hash 0, HASHED_0, %xmm4, %xmm5
  .endif
  .if \hashes > 1
  load_hash 1, HASHED_1, %xmm6, %xmm7
  .endif
  .if \hashes > 2
  load_hash 2, HASHED_2, %xmm8, %xmm9
  .endif
  xor %eax, %eax

  .balign 64
1:
  chunk \what, \lanes, \hashes
  add $64, AT
  cmp END, AT
  jne 1b

  .if \lanes > 0
  store_lane LANE_0, TEXT_0, %xmm13
  .endif
  .if \lanes > 1
  store_lane LANE_1, TEXT_1, %xmm14
  .endif
  .if \lanes > 2
  store_lane LANE_2, TEXT_2, %xmm15
  .endif
  .if \hashes > 0
  store_hash 0, HASHED_0, %xmm4, %xmm5
  .endif
  .if \hashes > 1
  store_hash 1, HASHED_1, %xmm6, %xmm7
  .endif
  .if \hashes > 2
  store_hash 2, HASHED_2, %xmm8, %xmm9
  .endif

  // Nothing of the texts stays behind.
  .if \hashes > 0
  vpxor %xmm0, %xmm0, %xmm0
  .irp line, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
  .if \line < 6 * \hashes
  vmovdqa %xmm0, 16 * \line(%rsp)
  .endif
  .endr
  .endif
  vzeroall

  add $SCRATCH, %rsp
  .cfi_adjust_cfa_offset -SCRATCH
  restore %r14
  restore %r13
  restore %r12
  restore %rbp
  restore %rbx
  ret
  .cfi_endproc
  .size \name, . - \name
.endm

  .text
function corogram_ige_encrypt_sha256_x1, enc, 1, 1
function corogram_ige_encrypt_x1_sha256_x2, enc, 1, 2
function corogram_ige_decrypt_sha256_x1, dec, 1, 1
function corogram_ige_encrypt_sha256_x2, enc, 2, 2
function corogram_ige_encrypt_sha256_x3, enc, 3, 3
function corogram_ige_decrypt_sha256_x2, dec, 2, 2
function corogram_ige_decrypt_sha256_x3, dec, 3, 3
function corogram_ige_encrypt_x1, enc, 1, 0
function corogram_ige_decrypt_x1, dec, 1, 0
function corogram_ige_encrypt_x2, enc, 2, 0
function corogram_ige_encrypt_x3, enc, 3, 0
function corogram_ige_decrypt_x2, dec, 2, 0
function corogram_ige_decrypt_x3, dec, 3, 0
function corogram_sha256_x1, none, 0, 1
function corogram_sha256_x2, none, 0, 2
function corogram_sha256_x3, none, 0, 3

  .section .rodata
  .balign 64
// FIPS 180-4, 4.2.2.
.Lround_constants:
  .long 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
  .long 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
  .long 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
  .long 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
  .long 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
  .long 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
  .long 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
  .long 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
.Lbig_endian:
  .byte 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12

#endif

  .section .note.GNU-stack, "", @progbits
