#include "checker/relacy/trace.hpp"

namespace tenterhook::relacy::engine {

namespace {

// "<0x2000000001c0> atomic load" -> "runqhead atomic load"
void name_address(std::string& line, const session& of) {
  const std::size_t begin = line.find("<0x");
  if (begin == std::string::npos) return;
  const std::size_t end = line.find('>', begin);
  if (end == std::string::npos) return;
  const auto address = std::strtoull(line.c_str() + begin + 1, nullptr, 16);
  const std::string name = of.labels.of(static_cast<std::uintptr_t>(address));
  if (!name.empty()) line.replace(begin, end + 1 - begin, name);
}

// "[12] 1: …" -> "owner: …"
bool name_thread(std::string& line, const session& of) {
  if (line.empty() || line[0] != '[') return false;
  const std::size_t close = line.find("] ");
  const std::size_t colon = line.find(": ");
  if (close == std::string::npos || colon == std::string::npos || colon < close) return false;
  const int index = std::atoi(line.c_str() + close + 2);
  const bool known = index >= 0 && index < static_cast<int>(of.capacity);
  const char* name = known ? of.threads[of.slot_of[index]].name : nullptr;
  line.replace(0, colon, name != nullptr ? name : "explorer");
  return true;
}

void drop_all(std::string& line, const std::string& what) {
  for (std::size_t at; (at = line.find(what)) != std::string::npos;) line.erase(at, what.size());
}

// " [with Body = two_locks(bool)::<lambda()>]" says nothing that the line does not.
void drop_template_arguments(std::string& line) {
  const std::size_t begin = line.find(" [with ");
  const std::size_t end = line.rfind("], ");
  if (begin != std::string::npos && end != std::string::npos && begin < end) {
    line.erase(begin, end + 1 - begin);
  }
}

// Relacy's own steps: their place is a header of Relacy's, or none.
bool of_relacy(const std::string& line) {
  return line.find("relacy/") != std::string::npos || line.find(": [") != std::string::npos ||
         line.find(", in constructor, ") != std::string::npos;
}

}  // namespace

std::string readable_trace(const std::string& history, const session& of) {
  std::istringstream lines(history);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("thread 0:")) break;  // from here on each thread by itself, again
    if (!name_thread(line, of)) continue;
    if (of_relacy(line)) continue;
    name_address(line, of);
    drop_template_arguments(line);
    drop_all(line, "tenterhook::relacy::");
    result += line + "\n";
  }
  return result;
}

}  // namespace tenterhook::relacy::engine
