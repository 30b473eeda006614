// tidy ROOT COMPILE_COMMANDS [LEFT_OUT...]: prints what breaks the style and exits 1 if anything
// does. LEFT_OUT are folders that this build does not compile.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/tidy/rules.hpp"

namespace {

namespace fs = std::filesystem;
using tenterhook::tidy::source;
using tenterhook::tidy::tree;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool skipped(const fs::path& name) {
  const std::string text = name.string();
  return text == ".git" || text == ".cache" || text == "tenterhook-failures" ||
         text.starts_with("build");
}

void read_folder(const fs::path& root, const fs::path& folder, tree& result) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (skipped(entry.path().filename())) continue;
    if (entry.is_directory()) {
      read_folder(root, entry.path(), result);
    } else if (entry.is_regular_file()) {
      const std::string text = text_of(entry.path());
      if (text.find('\0') != text.npos) continue;  // not a text
      result.sources.push_back(tenterhook::tidy::read_source(
          entry.path().lexically_relative(root).generic_string(), text));
    }
  }
}

// The values of "file", relative to the root.
void read_commands(const fs::path& root, const std::string& text, tree& result) {
  constexpr std::string_view key = "\"file\": \"";
  for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, at)) {
    at += key.size();
    const fs::path file = text.substr(at, text.find('"', at) - at);
    result.compiled.insert(file.lexically_relative(root).generic_string());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: tidy ROOT COMPILE_COMMANDS [LEFT_OUT...]\n", stderr);
    return 2;
  }
  const fs::path root = argv[1];
  tree all;
  read_folder(root, root, all);
  std::sort(all.sources.begin(), all.sources.end(),
            [](const source& a, const source& b) { return a.path < b.path; });
  read_commands(root, text_of(argv[2]), all);
  all.left_out.assign(argv + 3, argv + argc);
  if (all.sources.empty()) {
    std::fprintf(stderr, "tidy: there is nothing in %s\n", argv[1]);
    return 2;
  }
  // An exception may be for a folder that this build leaves out, so only a whole build tells.
  const auto found = tenterhook::tidy::check(all, all.left_out.empty());
  for (const auto& f : found) {
    std::printf("%s:%zu: %s [%s]\n", f.path.c_str(), f.line, f.text.c_str(), f.rule.c_str());
  }
  std::printf("tidy: %zu files, %zu rules, %zu findings\n", all.sources.size(),
              tenterhook::tidy::rules().size(), found.size());
  return found.empty() ? 0 : 1;
}
