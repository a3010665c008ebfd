// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/qemu.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

extern char** environ;

namespace mho::test {
namespace {

/// Beyond the image, because the machine puts its device tree near the end.
constexpr std::size_t kRamBytes = 64u << 20;

/// A file of the size of the RAM that goes away with the object.
class RamFile {
 public:
  explicit RamFile(std::span<const std::uint8_t> image) {
    std::string pattern = (std::filesystem::temp_directory_path() / "mho-isa-XXXXXX").string();
    const int file = mkstemp(pattern.data());
    if (file < 0 || ftruncate(file, kRamBytes) != 0) return;
    path_ = pattern;
    void* mapped = mmap(nullptr, image.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) return;
    memory_ = {static_cast<std::uint8_t*>(mapped), image.size()};
    std::memcpy(memory_.data(), image.data(), image.size());
  }
  ~RamFile() {
    if (!memory_.empty()) munmap(memory_.data(), memory_.size());
    if (!path_.empty()) unlink(path_.c_str());
  }
  RamFile(const RamFile&) = delete;
  RamFile& operator=(const RamFile&) = delete;

  const std::string& path() const { return path_; }
  std::span<const std::uint8_t> memory() const { return memory_; }

 private:
  std::string path_;
  std::span<std::uint8_t> memory_;
};

std::vector<std::string> command_line(const std::string& qemu, const std::string& ram_path,
                                      const std::string& log_path) {
  std::vector<std::string> words{
      qemu, "-machine", "virt,memory-backend=ram", "-m", "64M", "-bios", "none", "-display", "none",
      "-serial", "none", "-monitor", "none", "-object",
      "memory-backend-file,id=ram,size=64M,share=on,mem-path=" + ram_path, "-cpu",
      // Exactly RV32IMAFC_Zicsr_Zifencei with machine and user mode and PMP.
      "rv32,i=on,m=on,a=on,c=on,f=on,d=off,s=off,u=on,h=off,zba=off,zbb=off,zbc=off,zbs=off,Zfh=off,"
      "Zfhmin=off,pmp=on,mmu=off,sstc=off,svinval=off,svnapot=off,svpbmt=off"};
  if (!log_path.empty()) {
    for (const char* word : {"-singlestep", "-d", "exec,cpu,fpu,nochain", "-D"}) words.emplace_back(word);
    words.push_back(log_path);
  }
  return words;
}

/// Exit status, or a text when the child had to be killed.
std::string wait_for(pid_t child, unsigned seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (int status = 0;;) {
    const pid_t done = waitpid(child, &status, WNOHANG);
    if (done == child) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
      return "qemu ended with status " + std::to_string(status);
    }
    if (std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return "the guest did not end within " + std::to_string(seconds) + " s in qemu";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

std::string find_qemu() {
  const char* path = std::getenv("PATH");
  const std::string folders = path != nullptr ? path : "";
  for (std::size_t start = 0; start <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', start), folders.size());
    const auto candidate = std::filesystem::path(folders.substr(start, end - start)) / "qemu-system-riscv32";
    if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
    start = end + 1;
  }
  return {};
}

QemuResult run_in_qemu(const std::string& qemu, std::span<const std::uint8_t> image, unsigned seconds,
                       const std::string& log_path) {
  const RamFile ram(image);
  if (ram.memory().empty()) return {.failure = "cannot create the file that is qemu's memory", .memory = {}};
  auto words = command_line(qemu, ram.path(), log_path);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, qemu.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    return {.failure = "cannot start " + qemu, .memory = {}};
  }
  QemuResult result;
  result.failure = wait_for(child, seconds);
  result.memory.assign(ram.memory().begin(), ram.memory().end());
  return result;
}

}  // namespace mho::test
