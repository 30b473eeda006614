// Runs programs for tests, and keeps what they write in a folder that goes.
#pragma once

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace tenterhook::tests {

struct Ran {
  int exit_code = -1;
  std::string output;
};

// A command of the shell; what it writes to standard error is part of the output.
inline Ran run_program(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    ran.output.append(buffer, n);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
  return ran;
}

// A folder of its own, removed in the end.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "tenterhook-test-XXXXXX";
    if (const char* made = ::mkdtemp(name.data())) path_ = made;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tenterhook::tests
