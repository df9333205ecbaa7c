// Many texts of IGE at once on x86-64: four, eight or twelve in pairs, with the AES instructions that
// work on 256 bits; and eight with those that work on 128. In assembly for the same reason as
// lanes_x86_64.S: clang spills what g++ keeps in registers.
//
// Each text has keys of its own, too many for registers: every round reads its key from memory, and
// that, two loads of 256 bits a cycle, is what bounds the speed once enough texts fill the time in
// which a round waits for the one before.
//
// In pairs, the halves of a register belong to two texts, A and B. Memory has the blocks of A in a
// row and those of B in another; 32 bytes of each are read at once and change places:
//
//   A: a1 a2        a1 b1: block 1 of both
//   B: b1 b2   -->  a2 b2: block 2 of both
//
// The fold of IGE is that of ige_aesni.cpp. Nothing here branches on, or addresses by, anything but
// the number of chunks.

#ifdef __x86_64__

// detail/lanes.hpp has the same in C++.
#define LANE_STATE 0
#define LANE_MASK 16
#define LANE_KEY(round) 32 + 16 * (round)
#define LANE_TEXT 272

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

// ---- in pairs

// Of each pair: its keys side by side; the mask of this block and that of the next, and the input
// block before those that are read. struct paired_lanes of ige_batch.cpp.
#define PAIRS %rsi
#define KEY(pair, round) 480 * (pair) + 32 * (round)
#define MASK(pair) 2880 + 96 * (pair)
#define NEXT_MASK(pair) 2880 + 96 * (pair) + 32
#define INPUT(pair) 2880 + 96 * (pair) + 64

#define AT %rax
#define END %rdx

// Calls \do with the pair, its state, a register for its output, and its texts.
.macro for_pairs pairs, do, arguments:vararg
  \do 0, %ymm0, %ymm6, %rcx, %rdi, \arguments
  \do 1, %ymm1, %ymm7, %rbx, %rbp, \arguments
  .if \pairs > 2
  \do 2, %ymm2, %ymm8, %r8, %r9, \arguments
  \do 3, %ymm3, %ymm9, %r10, %r11, \arguments
  .endif
  .if \pairs > 4
  \do 4, %ymm4, %ymm10, %r12, %r13, \arguments
  \do 5, %ymm5, %ymm11, %r14, %r15, \arguments
  .endif
.endm

.macro pair_round pair, state, output, a, b, what, round
  vaes\what KEY(\pair, \round)(PAIRS), \state, \state
.endm

.macro pair_first_last pair, state, output, a, b, what
  vmovdqu 16(\a, AT), %ymm12
  vmovdqu 16(\b, AT), %ymm13
  vmovdqa INPUT(\pair)(PAIRS), %ymm15
  vpxor KEY(\pair, 14)(PAIRS), %ymm15, %ymm15
  vmovdqa %ymm15, NEXT_MASK(\pair)(PAIRS)
  vperm2i128 $0x31, %ymm13, %ymm12, %ymm14
  vmovdqa %ymm14, INPUT(\pair)(PAIRS)
  vperm2i128 $0x20, %ymm13, %ymm12, %ymm12
  vpxor KEY(\pair, 0)(PAIRS), %ymm12, %ymm13
  vpxor MASK(\pair)(PAIRS), %ymm13, %ymm14
  vpxor KEY(\pair, 14)(PAIRS), %ymm12, %ymm12
  vmovdqa %ymm12, MASK(\pair)(PAIRS)
  vaes\what\()last %ymm14, \state, \state
  vpxor %ymm13, \state, \output
.endm

.macro pair_second_last pair, state, output, a, b, what
  vmovdqa INPUT(\pair)(PAIRS), %ymm12
  vpxor KEY(\pair, 0)(PAIRS), %ymm12, %ymm12
  vpxor NEXT_MASK(\pair)(PAIRS), %ymm12, %ymm13
  vaes\what\()last %ymm13, \state, \state
  vpxor %ymm12, \state, %ymm12
  vperm2i128 $0x20, %ymm12, \output, %ymm13
  vperm2i128 $0x31, %ymm12, \output, %ymm12
  vmovdqu %ymm13, (\a, AT)
  vmovdqu %ymm12, (\b, AT)
.endm

// Two lanes become a pair. Their array is on top of the stack.
.macro load_pair pair, state, output, a, b, none
  mov (%rsp), \a
  mov 16 * \pair + 8(\a), \b
  mov 16 * \pair(\a), \a
  vmovdqa LANE_STATE(\a), %xmm12
  vinserti128 $1, LANE_STATE(\b), %ymm12, \state
  vmovdqa LANE_MASK(\a), %xmm12
  vinserti128 $1, LANE_MASK(\b), %ymm12, %ymm12
  vmovdqa %ymm12, MASK(\pair)(PAIRS)
  mov LANE_TEXT(\a), \a
  mov LANE_TEXT(\b), \b
  vmovdqu (\a), %xmm12
  vinserti128 $1, (\b), %ymm12, %ymm12
  vmovdqa %ymm12, INPUT(\pair)(PAIRS)
.endm

// And they go their own ways.
.macro store_pair pair, state, output, a, b, none
  vmovdqa MASK(\pair)(PAIRS), %ymm12
  mov (%rsp), END
  mov 16 * \pair(END), END
  vextracti128 $0, \state, LANE_STATE(END)
  vextracti128 $0, %ymm12, LANE_MASK(END)
  add AT, LANE_TEXT(END)
  mov (%rsp), END
  mov 16 * \pair + 8(END), END
  vextracti128 $1, \state, LANE_STATE(END)
  vextracti128 $1, %ymm12, LANE_MASK(END)
  add AT, LANE_TEXT(END)
.endm

// void NAME(ige_lane* const* lanes, paired_lanes* pairs, std::size_t chunks)
// Pre: chunks > 0, and the keys of the pairs are made.
.macro paired_function name, what, pairs
  .globl \name
  .hidden \name
  .type \name, @function
  .balign 64
\name:
  .cfi_startproc
  endbr64
  save %rbx
  save %rbp
  save %r12
  save %r13
  save %r14
  save %r15
  save %rdi
  shl $6, END
  for_pairs \pairs, load_pair
  xor %eax, %eax

  .balign 64
1:
  .irp round, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  for_pairs \pairs, pair_round, \what, \round
  .endr
  for_pairs \pairs, pair_first_last, \what
  .irp round, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  for_pairs \pairs, pair_round, \what, \round
  .endr
  for_pairs \pairs, pair_second_last, \what
  add $32, AT
  cmp END, AT
  jne 1b

  for_pairs \pairs, store_pair
  vzeroall
  restore %rdi
  restore %r15
  restore %r14
  restore %r13
  restore %r12
  restore %rbp
  restore %rbx
  ret
  .cfi_endproc
  .size \name, . - \name
.endm

// ---- eight alone

// Calls \do with the index, the state and the lane.
.macro for_eight do, arguments:vararg
  \do 0, %xmm0, %r8, \arguments
  \do 1, %xmm1, %r9, \arguments
  \do 2, %xmm2, %r10, \arguments
  \do 3, %xmm3, %r11, \arguments
  \do 4, %xmm4, %r12, \arguments
  \do 5, %xmm5, %r13, \arguments
  \do 6, %xmm6, %r14, \arguments
  \do 7, %xmm7, %r15, \arguments
.endm

.macro single_round index, state, lane, what, round
  vaes\what LANE_KEY(\round)(\lane), \state, \state
.endm

.macro single_last index, state, lane, what
  mov LANE_TEXT(\lane), %rcx
  vmovdqu 16(%rcx, AT), %xmm8
  vpxor LANE_KEY(0)(\lane), %xmm8, %xmm8
  vpxor LANE_MASK(\lane), %xmm8, %xmm9
  vmovdqu (%rcx, AT), %xmm10
  vpxor LANE_KEY(14)(\lane), %xmm10, %xmm10
  vmovdqa %xmm10, LANE_MASK(\lane)
  vaes\what\()last %xmm9, \state, \state
  vpxor %xmm8, \state, %xmm8
  vmovdqu %xmm8, (%rcx, AT)
.endm

.macro load_single index, state, lane, none
  mov 8 * \index(%rdi), \lane
  vmovdqa LANE_STATE(\lane), \state
.endm

.macro store_single index, state, lane, none
  add AT, LANE_TEXT(\lane)
  vmovdqa \state, LANE_STATE(\lane)
.endm

// void NAME(ige_lane* const* lanes, std::size_t chunks)
// Pre: chunks > 0.
.macro single_function name, what
  .globl \name
  .hidden \name
  .type \name, @function
  .balign 64
\name:
  .cfi_startproc
  endbr64
  save %r12
  save %r13
  save %r14
  save %r15
  mov %rsi, END
  shl $6, END
  for_eight load_single
  xor %eax, %eax

  .balign 64
1:
  .irp round, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  for_eight single_round, \what, \round
  .endr
  for_eight single_last, \what
  add $16, AT
  cmp END, AT
  jne 1b

  for_eight store_single
  vzeroall
  restore %r15
  restore %r14
  restore %r13
  restore %r12
  ret
  .cfi_endproc
  .size \name, . - \name
.endm

  .text
paired_function corogram_ige_encrypt_vaes_x4, enc, 2
paired_function corogram_ige_encrypt_vaes_x8, enc, 4
paired_function corogram_ige_encrypt_vaes_x12, enc, 6
paired_function corogram_ige_decrypt_vaes_x4, dec, 2
paired_function corogram_ige_decrypt_vaes_x8, dec, 4
paired_function corogram_ige_decrypt_vaes_x12, dec, 6
single_function corogram_ige_encrypt_aesni_x8, enc
single_function corogram_ige_decrypt_aesni_x8, dec

#endif

  .section .note.GNU-stack, "", @progbits
