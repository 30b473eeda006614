// Every row of the lowering table beside what Debian's compiler of each port makes of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/defects/process.hpp"
#include "tests/lowering/rows.hpp"
#include "tests/lowering/walk.hpp"

namespace tenterhook::tests {
namespace {

std::string printed(const std::vector<instruction>& code) {
  std::string out;
  for (const instruction& i : code) out += fmt::format("    {:x}: {}\n", i.address, i.text);
  return out;
}

// All rows compiled, by function; empty after a failure.
functions compiled(const toolchain& tools) {
  const Folder folder;
  const std::string source = folder.path() + "/rows.cpp", object = folder.path() + "/rows.o";
  std::ofstream(source) << source_of_rows();
  const Ran built = run_program(
      fmt::format("{}-g++ -std=c++20 -O2 -fno-asynchronous-unwind-tables -I '{}' "
                  "-DTENTERHOOK_PLATFORM=native -c '{}' -o '{}'",
                  tools.prefix, TENTERHOOK_ROOT, source, object));
  EXPECT_EQ(built.exit_code, 0) << built.output;
  const Ran listed =
      run_program(fmt::format("{}-objdump -d --no-show-raw-insn '{}'", tools.prefix, object));
  EXPECT_EQ(listed.exit_code, 0) << listed.output;
  return parse_disassembly(listed.output);
}

class Compilers : public testing::TestWithParam<toolchain> {};

TEST_P(Compilers, MakeOfEveryRowWhatTheTableSays) {
  const toolchain tools = GetParam();
  const std::string missing = missing_of(
      {fmt::format("{}-g++", tools.prefix), fmt::format("{}-objdump", tools.prefix)});
  if (!missing.empty()) GTEST_SKIP() << "NOT COMPARED: " << missing;
  const arch::target_info& port = *arch::find_target(tools.port);
  const functions code = compiled(tools);
  const std::vector<arch::lowering_row> rows = all_rows();
  ASSERT_EQ(code.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto found = code.find(function_of(i));
    ASSERT_NE(found, code.end()) << function_of(i);
    const ways is = walked(found->second, port.model), should = expected(port, rows[i]);
    EXPECT_EQ(is.lines, should.lines)
        << port.name << ": " << name_of(rows[i]) << "\n  table:\n" << text(should)
        << "  compiler:\n" << text(is) << "  code:\n" << printed(found->second);
    EXPECT_EQ(is.loops, should.loops) << port.name << ": " << name_of(rows[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Debian, Compilers, testing::ValuesIn(toolchains),
                         [](const testing::TestParamInfo<toolchain>& of) {
                           return "port_" + std::string(of.param.port);
                         });

}  // namespace
}  // namespace tenterhook::tests
