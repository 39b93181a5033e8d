module phase_record_mod
  !! The figures of a jump or a rollback as one vector, for the restart; no wall-clock times, which no two
  !! runs share.
  use phase_jump_mod, only: phase_jump_result_type
  use phase_kinds_mod, only: r8, phase_unset
  use phase_stock_mod, only: n_elements
  implicit none (type, external)
  private

  public :: jump_to_record, jump_from_record

  integer, parameter :: head = 12
  integer, parameter, public :: jump_record_size = head + 9*n_elements

contains

  pure function jump_to_record(jump) result(record)
    type(phase_jump_result_type), intent(in) :: jump
    real(r8) :: record(jump_record_size)
    record(1:head - 1) = real([jump%year, merge(1, 0, jump%dry_run), jump%ncolumns, jump%napplied, jump%ngated_trust, &
      jump%ngated_bounds, jump%ngated_finite, jump%nundone, jump%nlimited, jump%naccelerated, jump%method], r8)
    record(head) = jump%trust_threshold
    associate (l => jump%ledger)
      record(head + 1:) = [l%before_pg, l%written_pg, l%after_pg, l%before_gm2, l%written_gm2, l%after_gm2, l%max_change, &
        real(l%max_change_gid, r8), l%max_error]
    end associate
  end function jump_to_record

  subroutine jump_from_record(record, jump)
    real(r8), intent(in) :: record(jump_record_size)
    type(phase_jump_result_type), intent(out) :: jump
    real(r8) :: table(n_elements, 9)
    jump%year = nint(record(1))
    jump%dry_run = record(2) > 0.5_r8
    jump%ncolumns = nint(record(3))
    jump%napplied = nint(record(4))
    jump%ngated_trust = nint(record(5))
    jump%ngated_bounds = nint(record(6))
    jump%ngated_finite = nint(record(7))
    jump%nundone = nint(record(8))
    jump%nlimited = nint(record(9))
    jump%naccelerated = nint(record(10))
    jump%method = nint(record(11))
    jump%trust_threshold = record(head)
    jump%infer_seconds = phase_unset
    jump%total_seconds = phase_unset
    allocate (jump%gated_rank(0))
    table(:, :) = reshape(record(head + 1:), [n_elements, 9])
    associate (l => jump%ledger)
      l%year = jump%year
      l%before_pg = table(:, 1)
      l%written_pg = table(:, 2)
      l%after_pg = table(:, 3)
      l%before_gm2 = table(:, 4)
      l%written_gm2 = table(:, 5)
      l%after_gm2 = table(:, 6)
      l%max_change = table(:, 7)
      l%max_change_gid = nint(table(:, 8))
      l%max_error = table(:, 9)
    end associate
  end subroutine jump_from_record

end module phase_record_mod
