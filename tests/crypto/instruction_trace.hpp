#pragma once

// Every instruction that a function executes and every address that it reads or writes, on the real
// processor: for kernels whose instructions valgrind does not know. A child process runs the
// function one instruction at a time; the registers before each tell its addresses. Two runs with
// different secrets that make the same trace show that neither a branch nor an address depended on
// them. See S. Weiser et al., "DATA - Differential Address Trace Analysis" (USENIX Security 2018).

#include <Zydis/Zydis.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace corogram::crypto::test {

/// What an instruction did: where it stands, and the address of its memory operand, or 0.
struct executed {
  std::uint64_t instruction, address;

  friend bool operator==(const executed&, const executed&) = default;
};

using instruction_trace = std::vector<executed>;

/// Takes instructions apart, each place of the program once.
class disassembler {
 public:
  disassembler() {
    if (!ZYAN_SUCCESS(
            ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
      throw std::runtime_error("Zydis is missing or of another version");
  }

  /// address_of computes the address of the memory operand of the instruction at `registers.rip`,
  /// which stands at the same place in this process.
  std::uint64_t address_of(const user_regs_struct& registers) {
    const auto found = operands_.find(registers.rip);
    const operand& memory =
        found != operands_.end() ? found->second : operands_[registers.rip] = decode(registers.rip);
    return value(memory.base, registers) + value(memory.index, registers) * memory.scale +
           memory.displacement;
  }

 private:
  struct operand {
    ZydisRegister base = ZYDIS_REGISTER_NONE, index = ZYDIS_REGISTER_NONE;
    std::uint64_t scale = 0, displacement = 0;
  };

  operand decode(std::uint64_t at) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, reinterpret_cast<const void*>(at),
                                             ZYDIS_MAX_INSTRUCTION_LENGTH, &instruction, operands)))
      throw std::runtime_error("an instruction that Zydis does not know");
    for (const ZydisDecodedOperand& each : std::span(operands, instruction.operand_count))
      if (each.type == ZYDIS_OPERAND_TYPE_MEMORY)
        return {
            each.mem.base, each.mem.index, each.mem.scale,
            each.mem.disp.has_displacement ? static_cast<std::uint64_t>(each.mem.disp.value) : 0};
    return {};
  }

  static std::uint64_t value(ZydisRegister name, const user_regs_struct& registers) {
    switch (name) {
      case ZYDIS_REGISTER_RAX:
        return registers.rax;
      case ZYDIS_REGISTER_RBX:
        return registers.rbx;
      case ZYDIS_REGISTER_RCX:
        return registers.rcx;
      case ZYDIS_REGISTER_RDX:
        return registers.rdx;
      case ZYDIS_REGISTER_RSI:
        return registers.rsi;
      case ZYDIS_REGISTER_RDI:
        return registers.rdi;
      case ZYDIS_REGISTER_RBP:
        return registers.rbp;
      case ZYDIS_REGISTER_RSP:
        return registers.rsp;
      case ZYDIS_REGISTER_R8:
        return registers.r8;
      case ZYDIS_REGISTER_R9:
        return registers.r9;
      case ZYDIS_REGISTER_R10:
        return registers.r10;
      case ZYDIS_REGISTER_R11:
        return registers.r11;
      case ZYDIS_REGISTER_R12:
        return registers.r12;
      case ZYDIS_REGISTER_R13:
        return registers.r13;
      case ZYDIS_REGISTER_R14:
        return registers.r14;
      case ZYDIS_REGISTER_R15:
        return registers.r15;
      case ZYDIS_REGISTER_RIP:
        return registers.rip;
      case ZYDIS_REGISTER_NONE:
        return 0;
      default:
        throw std::runtime_error("an address by a register that is not looked at");
    }
  }

  ZydisDecoder decoder_;
  std::unordered_map<std::uint64_t, operand> operands_;
};

/// trace_of runs `work` in a child process and returns what it executed. Pre: no other threads.
template <class Work>
instruction_trace trace_of(disassembler& disassembler, Work work) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    std::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  instruction_trace trace;
  int status = 0;
  ::waitpid(child, &status, 0);
  while (WIFSTOPPED(status)) {
    const int why = WSTOPSIG(status);
    if (why != SIGSTOP && why != SIGTRAP)
      throw std::runtime_error("the traced process received signal " + std::to_string(why));
    user_regs_struct registers;
    if (::ptrace(PTRACE_GETREGS, child, nullptr, &registers) != 0)
      throw std::runtime_error("the traced process cannot be read");
    trace.push_back({registers.rip, disassembler.address_of(registers)});
    if (::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0 ||
        ::waitpid(child, &status, 0) != child)
      throw std::runtime_error("the traced process cannot be stepped");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the traced process ended badly");
  return trace;
}

}  // namespace corogram::crypto::test
