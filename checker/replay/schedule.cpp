#include "checker/replay/schedule.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <string_view>

namespace tenterhook::checker {
namespace {

constexpr std::string_view kMagic = "tenterhook schedule ";

std::uint64_t fnv(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

std::string word(std::string text) {
  for (char& c : text) {
    if (c == ' ' || c == '\n') c = '_';
  }
  return text.empty() ? "-" : text;
}

// Reads the file line by line and says where it is wrong.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  [[noreturn]] void bad(const std::string& what) const {
    throw ScheduleError(fmt::format("{}: line {}: {}", file_, line_, what));
  }

  std::string_view line() {
    ++line_;
    if (at_ >= text_.size()) bad("the file ends too early");
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) bad("the file ends within a line");
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
  }

  bool next_is(std::string_view key) const { return text_.substr(at_).starts_with(key); }

  std::string_view field(std::string_view key) {
    const std::string_view found = line();
    if (found.substr(0, key.size()) != key || found.size() <= key.size() ||
        found[key.size()] != ' ') {
      bad(fmt::format("'{}' expected", key));
    }
    return found.substr(key.size() + 1);
  }

  template <class T>
  T number(std::string_view digits, int base = 10) const {
    T value{};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      bad(fmt::format("'{}' is no number", digits));
    }
    return value;
  }

 private:
  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  unsigned line_ = 0;
};

std::vector<std::string> words(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> found;
  for (std::string w; in >> w;) found.push_back(w);
  return found;
}

parameters read_parameters(const Reader& reader, std::string_view text) {
  parameters values;
  for (const std::string& pair : words(text)) {
    const std::size_t equals = pair.find('=');
    if (pair == "-") continue;
    if (equals == std::string::npos) reader.bad("name=value expected");
    values[pair.substr(0, equals)] =
        reader.number<std::int64_t>(std::string_view(pair).substr(equals + 1));
  }
  return values;
}

ScheduleStep read_step(const Reader& reader, std::string_view line, std::uint64_t expected) {
  const std::vector<std::string> w = words(line);
  if (w.size() < 6 || reader.number<std::uint64_t>(w[0]) != expected) {
    reader.bad(fmt::format("step {} expected", expected));
  }
  ScheduleStep step{w[1], w[2], w[3], w[4], w[5], {}};
  for (std::size_t i = 6; i < w.size(); ++i) {
    if (i == 6 && w[i] != "choose") reader.bad("'choose' expected");
    if (i > 6) step.choices.push_back(reader.number<std::uint32_t>(w[i]));
  }
  return step;
}

void check_frame(const std::string& text, const std::string& file) {
  if (text.compare(0, kMagic.size(), kMagic) != 0) {
    throw ScheduleError(file + ": this is no schedule file of tenterhook");
  }
  const std::size_t end = text.find('\n');
  const std::string version = text.substr(kMagic.size(), end - kMagic.size());
  if (version != std::to_string(Schedule::kVersion)) {
    throw ScheduleError(fmt::format("{}: its format is version {}, this build reads version {}",
                                    file, version.substr(0, 20), Schedule::kVersion));
  }
  const std::size_t sum = text.rfind("checksum ");
  if (sum == std::string::npos || sum == 0 || text[sum - 1] != '\n') {
    throw ScheduleError(file + ": the file is cut off: it has no checksum line");
  }
  const std::string wanted =
      fmt::format("checksum {:016x}\n", fnv(std::string_view(text).substr(0, sum)));
  if (text.substr(sum) != wanted) {
    throw ScheduleError(file + ": the file is damaged: its checksum does not match");
  }
}

}  // namespace

ScheduleStep step_of(const TraceEntry& entry) {
  return {text(entry.actor.kind), word(entry.thread), text(entry.op), word(entry.object),
          entry.file.empty() ? "-" : fmt::format("{}:{}", word(entry.file), entry.line),
          entry.choices};
}

std::string write_schedule(const Schedule& s) {
  std::string values;
  for (const auto& [name, value] : s.values) {
    values += fmt::format("{}{}={}", values.empty() ? "" : " ", name, value);
  }
  std::string out = fmt::format("{}{}\n", kMagic, Schedule::kVersion);
  out += fmt::format("build {}\nscenario {}\nparameters {}\ntarget {}\nmodel {}\n", s.build,
                     s.scenario, values.empty() ? "-" : values, s.target, s.model);
  out += fmt::format("strategy {}\nseed {}\nexecution {}\n", s.strategy, s.seed, s.execution);
  out += fmt::format("budgets timeouts={} spurious={} weak_cas={} signals={}\n",
                     s.budget.timeouts, s.budget.spurious, s.budget.weak_cas, s.budget.signals);
  out += fmt::format("max-steps {}\ndefect {}\n", s.max_steps, s.defect);
  for (const OrderAt& o : s.orders) out += fmt::format("order {}\n", text(o));
  out += fmt::format("failure {}\nfingerprint {:016x}\nsteps {}\n", one_line(s.failure),
                     s.fingerprint, s.steps.size());
  std::uint64_t number = 0;
  for (const ScheduleStep& step : s.steps) {
    out += fmt::format("{} {} {} {} {} {}", ++number, step.actor, step.thread, step.op,
                       step.object, step.site);
    if (!step.choices.empty()) out += " choose";
    for (const std::uint32_t v : step.choices) out += fmt::format(" {}", v);
    out += '\n';
  }
  return out + fmt::format("checksum {:016x}\n", fnv(out));
}

Schedule read_schedule(const std::string& text, const std::string& file) {
  check_frame(text, file);
  Reader reader(text, file);
  Schedule s;
  reader.line();
  s.build = reader.field("build");
  s.scenario = reader.field("scenario");
  s.values = read_parameters(reader, reader.field("parameters"));
  s.target = reader.field("target");
  s.model = reader.field("model");
  s.strategy = reader.field("strategy");
  s.seed = reader.number<std::uint64_t>(reader.field("seed"));
  s.execution = reader.number<std::uint64_t>(reader.field("execution"));
  parameters b = read_parameters(reader, reader.field("budgets"));
  s.budget = {static_cast<unsigned>(b["timeouts"]), static_cast<unsigned>(b["spurious"]),
              static_cast<unsigned>(b["weak_cas"]), static_cast<unsigned>(b["signals"])};
  s.max_steps = reader.number<std::uint64_t>(reader.field("max-steps"));
  s.defect = reader.field("defect");
  while (reader.next_is("order ")) {
    const std::string given{reader.field("order")};
    OrderAt order;
    if (!parse(given, order)) reader.bad(fmt::format("'{}' is no place=order", given));
    s.orders.push_back(order);
  }
  s.failure = reader.field("failure");
  s.fingerprint = reader.number<std::uint64_t>(reader.field("fingerprint"), 16);
  const auto steps = reader.number<std::uint64_t>(reader.field("steps"));
  for (std::uint64_t i = 1; i <= steps; ++i) {
    s.steps.push_back(read_step(reader, reader.line(), i));
  }
  if (!reader.line().starts_with("checksum ")) {
    reader.bad(fmt::format("the file has more steps than its {}", steps));
  }
  return s;
}

}  // namespace tenterhook::checker
