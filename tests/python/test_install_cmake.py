"""The macros' block in a small CMake project that includes it as E3SM's components do."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from phase_elm.install import blocks
from phase_elm.install.cmake import macro_lines
from phase_elm.install.parts import Bridge

TOOLS = ("cmake", "gfortran", "gcc", "g++")
TOP = """\
cmake_minimum_required(VERSION 3.18)
project(PRETENDED C CXX Fortran)
macro(build_model COMP_NAME)
  set(COMP_NAME ${COMP_NAME})
  include(${CMAKE_SOURCE_DIR}/universal.cmake)
  separate_arguments(DEFINITIONS UNIX_COMMAND "${CPPDEFS}")
  if (COMP_NAME STREQUAL "cpl")
    add_executable(model main.F90)
    target_link_libraries(model lnd)
    set_target_properties(model PROPERTIES LINKER_LANGUAGE ${LINKER})
    target_compile_definitions(model PRIVATE ${DEFINITIONS})
  else()
    add_library(lnd STATIC step.F90)
    target_compile_definitions(lnd PRIVATE ${DEFINITIONS})
    target_include_directories(lnd PRIVATE ${USER_INCLDIR})
  endif()
endmacro()
set(LINKER ${ASKED_LINKER})
add_subdirectory(lnd)
add_subdirectory(cpl)
"""
STEP = """\
subroutine step()
  implicit none
#ifdef PHASE_SURROGATE
  interface
    subroutine phase_says() bind(c)
    end subroutine phase_says
  end interface
#include "phase_bridge.h"
  call phase_says()
#endif
end subroutine step
"""
MAIN = """\
program model
#ifdef PHASE_SURROGATE
  this component must not see the flag
#endif
  call step()
end program model
"""


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
@pytest.mark.parametrize("linker", ["CXX", "Fortran"])
def test_block_compiles_and_links_as_meant(tmp_path, linker):
    bridge = Bridge(tmp_path / "lib" / "libphase_bridge.so", tmp_path / "include", tmp_path / "t")
    bridge.library.parent.mkdir()
    bridge.include.mkdir()
    (bridge.include / "phase_bridge.h").write_text("! read by the preprocessor\n")
    (tmp_path / "bridge.c").write_text('#include <stdio.h>\nvoid phase_says(){puts("bridge");}\n')
    run = {"check": True, "capture_output": True, "text": True}
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", bridge.library, tmp_path / "bridge.c"], **run)
    source = tmp_path / "source"
    for folder, name in (("lnd", "step.F90"), ("cpl", "main.F90")):
        (source / folder).mkdir(parents=True)
        component = "elm" if folder == "lnd" else "cpl"
        (source / folder / "CMakeLists.txt").write_text(f"build_model({component})\n")
        (source / folder / name).write_text(STEP if folder == "lnd" else MAIN)
    (source / "CMakeLists.txt").write_text(TOP)
    block = blocks.append('set(CPPDEFS "-DANOTHER")\n', macro_lines(bridge), "#")
    (source / "universal.cmake").write_text(block)
    build = tmp_path / "build"
    subprocess.run(["cmake", "-S", source, "-B", build, f"-DASKED_LINKER={linker}"], **run)
    subprocess.run(["cmake", "--build", build], **run)
    told = subprocess.run([build / "cpl" / "model"], **run).stdout
    assert told.split() == ["bridge"]


@pytest.mark.parametrize("name", ["a b", "a;b", 'a"b', "a$b"])
def test_path_that_no_link_line_can_hold_is_refused(tmp_path, name):
    folder = tmp_path / name
    with pytest.raises(ValueError, match="link line"):
        macro_lines(Bridge(folder / "libphase_bridge.so", folder, None))
