#include "tests/lowering/rows.hpp"

#include <fmt/format.h>

#include "tests/defects/process.hpp"

namespace tenterhook::tests {

std::string missing_of(const std::vector<std::string>& programs) {
  for (const std::string& program : programs) {
    if (run_program("command -v " + program).exit_code == 0) continue;
    return fmt::format("there is no {}; ci/packages installs it", program);
  }
  return "";
}

std::vector<arch::lowering_row> all_rows() {
  std::vector<arch::lowering_row> rows;
  arch::for_each_row([&](const arch::lowering_row& row) { rows.push_back(row); });
  return rows;
}

std::string function_of(std::size_t row) { return fmt::format("row_{}", row); }

std::string name_of(const arch::lowering_row& row) {
  std::string name = fmt::format("{} {}", arch::name_of(row.what), arch::name_of(row.order));
  if (arch::is_compare_exchange(row.what)) name += fmt::format("/{}", arch::name_of(row.failure));
  if (row.width != 0) name += fmt::format(", {} bytes", row.width);
  return name;
}

namespace {

std::string code_of(std::size_t number, const arch::lowering_row& row) {
  using enum arch::atomic_operation;
  const std::string name = function_of(number);
  const std::string word = row.width == 8 ? "std::uint64_t" : "std::uint32_t";
  const std::string cell = fmt::format("atomic<{}>& c", word);
  const std::string order = fmt::format("std::memory_order_{}", arch::name_of(row.order));
  const std::string failure = fmt::format("std::memory_order_{}", arch::name_of(row.failure));
  switch (row.what) {
    case load: return fmt::format("{} {}({}) {{ return c.load({}); }}\n", word, name, cell, order);
    case load8:
      return fmt::format("std::uint8_t {}({}) {{ return c.load8(1, {}); }}\n", name, cell, order);
    case store:
      return fmt::format("void {}({}, {} v) {{ c.store(v, {}); }}\n", name, cell, word, order);
    case or8:
      return fmt::format("void {}({}, std::uint8_t v) {{ c.or8(1, v, {}); }}\n", name, cell,
                         order);
    case fence: return fmt::format("void {}() {{ fence({}); }}\n", name, order);
    case compare_exchange:
    case compare_exchange_weak:
      return fmt::format("bool {}({}, {} e, {} v) {{ return c.{}(e, v, {}, {}); }}\n", name, cell,
                         word, word, arch::name_of(row.what), order, failure);
    default:
      return fmt::format("{} {}({}, {} v) {{ return c.{}(v, {}); }}\n", word, name, cell, word,
                         arch::name_of(row.what), order);
  }
}

}  // namespace

std::string source_of_rows() {
  std::string out =
      "#include \"arch/native/platform/atomic.hpp\"\n"
      "using namespace tenterhook::TENTERHOOK_PLATFORM::platform;\n"
      "extern \"C\" {\n";
  const std::vector<arch::lowering_row> rows = all_rows();
  for (std::size_t i = 0; i < rows.size(); ++i) out += code_of(i, rows[i]);
  return out + "}\n";
}

}  // namespace tenterhook::tests
