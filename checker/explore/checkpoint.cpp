// Checkpoints, and results as bytes.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "checker/build_id.hpp"
#include "checker/explore/parallel.hpp"
#include "checker/explore/result_bytes.hpp"

namespace tenterhook::checker {
namespace {

constexpr const char* kMagic = "tenterhook checkpoint ";
constexpr const char* kFirstLine = "tenterhook checkpoint 2\n";

std::uint64_t fnv(const std::string& bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

void put_entry(Bytes& out, const TraceEntry& e) {
  out.put(e.step);
  out.put(e.actor);
  out.put(e.op);
  for (const std::string* text : {&e.thread, &e.object, &e.detail, &e.order, &e.file,
                                  &e.function}) {
    out.put(*text);
  }
  out.put(e.line);
  out.put(e.choices);
}

TraceEntry get_entry(Bytes& in) {
  TraceEntry e;
  in.get(e.step);
  in.get(e.actor);
  in.get(e.op);
  for (std::string* text : {&e.thread, &e.object, &e.detail, &e.order, &e.file, &e.function}) {
    in.get(*text);
  }
  in.get(e.line);
  in.get(e.choices);
  return e;
}

void put_found(Bytes& out, const Found& f) {
  out.put(f.failure.kind);
  for (const std::string* text : {&f.failure.message, &f.failure.thread, &f.failure.site}) {
    out.put(*text);
  }
  out.put(std::uint64_t{f.failure.positions.size()});
  for (const Position& p : f.failure.positions) {
    for (const std::string* text : {&p.thread, &p.state, &p.op, &p.site}) out.put(*text);
  }
  out.put(f.decisions);
  out.put(f.fingerprint);
  out.put(f.execution);
  out.put(f.times);
  out.put(f.confirmed);
  out.put(std::uint64_t{f.trace.size()});
  for (const TraceEntry& e : f.trace) put_entry(out, e);
}

Found get_found(Bytes& in) {
  Found f;
  in.get(f.failure.kind);
  for (std::string* text : {&f.failure.message, &f.failure.thread, &f.failure.site}) {
    in.get(*text);
  }
  for (auto n = in.next<std::uint64_t>(); n > 0; --n) {
    Position p;
    for (std::string* text : {&p.thread, &p.state, &p.op, &p.site}) in.get(*text);
    f.failure.positions.push_back(std::move(p));
  }
  in.get(f.decisions);
  in.get(f.fingerprint);
  in.get(f.execution);
  in.get(f.times);
  in.get(f.confirmed);
  for (auto n = in.next<std::uint64_t>(); n > 0; --n) f.trace.push_back(get_entry(in));
  return f;
}

}  // namespace

void put_result(Bytes& out, const Result& r) {
  for (const std::uint64_t n : {r.executions, r.blocked, r.redundant, r.cut, r.steps, r.died}) {
    out.put(n);
  }
  for (const double part : {r.explored, r.total, r.deviation}) out.put(part);
  out.put(std::string(r.applied.begin(), r.applied.end()));
  out.put(r.marks);
  out.put(std::uint64_t{r.failures.size()});
  for (const Found& f : r.failures) put_found(out, f);
}

Result get_result(Bytes& in) {
  Result r;
  for (std::uint64_t* n : {&r.executions, &r.blocked, &r.redundant, &r.cut, &r.steps, &r.died}) {
    in.get(*n);
  }
  for (double* part : {&r.explored, &r.total, &r.deviation}) in.get(*part);
  std::string applied;
  in.get(applied);
  r.applied.assign(applied.begin(), applied.end());
  in.get(r.marks);
  for (auto n = in.next<std::uint64_t>(); n > 0; --n) r.failures.push_back(get_found(in));
  return r;
}

void add_counts(Result& into, const Result& from) {
  std::uint64_t before = into.executions + into.blocked + into.redundant + into.cut;
  for (const Found& f : into.failures) before += f.times;
  into.executions += from.executions;
  into.blocked += from.blocked;
  into.redundant += from.redundant;
  into.cut += from.cut;
  into.steps += from.steps;
  into.died += from.died;
  into.explored += from.explored;
  if (from.total > 0) {
    into.total = from.total;
    into.deviation = from.deviation;
  }
  into.applied.resize(std::max(into.applied.size(), from.applied.size()));
  for (std::size_t i = 0; i < from.applied.size(); ++i) {
    if (from.applied[i]) into.applied[i] = true;
  }
  for (const std::string& mark : from.marks) {
    const auto at = std::lower_bound(into.marks.begin(), into.marks.end(), mark);
    if (at == into.marks.end() || *at != mark) into.marks.insert(at, mark);
  }
  for (const Found& f : from.failures) {
    const auto known =
        std::find_if(into.failures.begin(), into.failures.end(), [&](const Found& other) {
          return other.failure.signature() == f.failure.signature();
        });
    if (known == into.failures.end()) {
      into.failures.push_back(f);
      into.failures.back().execution += before;
    } else {
      known->times += f.times;
    }
  }
}

void write_checkpoint(const std::string& file, const Checkpoint& c) {
  Bytes out;
  out.put(std::string(build_id()));
  out.put(c.identity);
  out.put(c.shard);
  out.put(c.shards);
  put_result(out, c.counts);
  out.put(c.units);
  std::string text = kFirstLine + out.data();
  Bytes sum;
  sum.put(fnv(text));
  text += sum.data();
  const std::string part = file + ".part";
  std::ofstream to(part, std::ios::binary);
  to << text;
  to.close();
  if (!to || std::rename(part.c_str(), file.c_str()) != 0) {
    throw CheckpointError(file + ": the checkpoint cannot be written");
  }
}

Checkpoint read_checkpoint(const std::string& file) {
  std::error_code error;
  std::ifstream from(file, std::ios::binary);
  if (!from.is_open() || !std::filesystem::is_regular_file(file, error)) {
    throw CheckpointError(file + ": cannot be read: it is missing, or no file");
  }
  const std::string text{std::istreambuf_iterator<char>(from), {}};
  const std::string first = kFirstLine, magic = kMagic;
  if (text.compare(0, magic.size(), magic) != 0) {
    throw CheckpointError(file + ": this is no checkpoint of tenterhook");
  }
  if (text.compare(0, first.size(), first) != 0) {
    throw CheckpointError(file + ": its format is of another version; this build reads version 2");
  }
  const std::size_t end = text.size() - sizeof(std::uint64_t);
  if (text.size() < first.size() + sizeof(std::uint64_t) ||
      Bytes(text.substr(end)).next<std::uint64_t>() != fnv(text.substr(0, end))) {
    throw CheckpointError(file + ": the file is damaged or cut off: its checksum does not match");
  }
  Bytes in(text.substr(first.size(), end - first.size()));
  const auto build = [&] {
    std::string text_of_build;
    in.get(text_of_build);
    return text_of_build;
  }();
  if (build != build_id()) {
    throw CheckpointError(fmt::format("{}: it is of build {}, this is build {}", file, build,
                                      build_id()));
  }
  Checkpoint c;
  in.get(c.identity);
  in.get(c.shard);
  in.get(c.shards);
  c.counts = get_result(in);
  in.get(c.units);
  return c;
}

}  // namespace tenterhook::checker
