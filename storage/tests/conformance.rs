//! What every engine must do, run over each of them. The tests lie in `conformance/`, one file per
//! promise; each is a function of an engine.
#![forbid(unsafe_code)]
mod conformance {
    pub mod batches;
    pub mod logs;
    pub mod model;
    pub mod opening;
    pub mod scans;
    pub mod support;
    pub mod tables;
}

macro_rules! on_both_engines {
    ($($file:ident :: $test:ident),* $(,)?) => {
        mod sled {
            $(#[test] fn $test() { crate::conformance::$file::$test(storage::EngineKind::Sled); })*
        }
        mod redb {
            $(#[test] fn $test() { crate::conformance::$file::$test(storage::EngineKind::Redb); })*
        }
    };
}

on_both_engines! {
    batches::put_is_read_back_with_its_commit_number,
    batches::empty_values_and_empty_keys_are_values_and_keys,
    batches::absent_check_refuses_the_second_writer,
    batches::version_check_refuses_an_outdated_writer,
    batches::equals_check_compares_the_bytes,
    batches::failed_check_leaves_nothing_of_its_batch,
    batches::checks_look_at_the_store_before_the_batch,
    batches::last_operation_on_a_key_wins,
    batches::checks_alone_commit_nothing_and_still_answer,
    batches::one_of_many_racing_writers_wins,
    batches::conflicts_inside_one_group_are_seen,
    batches::counters_lose_no_addition,
    batches::addition_to_something_else_is_refused_whole,
    batches::oversized_keys_and_values_are_refused,
    batches::long_values_come_back_whole,
    batches::long_value_made_short_leaves_nothing_behind,
    batches::commits_of_a_cancelled_caller_stand,
    scans::prefix_is_never_left,
    scans::both_directions_give_the_same_rows,
    scans::cursors_at_page_edges_miss_and_double_nothing,
    scans::page_that_ends_with_the_last_row_has_no_next,
    scans::foreign_cursors_stay_inside_the_prefix,
    scans::prefixes_of_0xff_have_an_end,
    scans::large_rows_make_short_pages_with_a_cursor,
    scans::page_never_shows_half_a_batch,
    scans::get_many_keeps_the_order_asked_for,
    scans::neighbouring_keyspaces_do_not_mix,
    tables::records_page_by_tuple_prefix,
    tables::insert_and_replace_conflict_as_their_names_say,
    tables::damaged_record_is_reported_and_skipped,
    tables::counters_of_many_keys_are_read_at_once,
    logs::positions_follow_commit_order_without_gaps,
    logs::follower_sees_every_entry_exactly_once,
    logs::position_is_never_given_twice,
    logs::damaged_entries_do_not_look_like_the_end,
    logs::newest_first_ends_at_the_beginning,
    opening::committed_rows_are_there_after_reopening,
    opening::rows_are_there_after_the_last_handle_is_dropped,
    opening::second_opening_is_refused_while_the_first_lives,
    opening::closed_store_answers_closed,
    opening::newer_format_is_refused,
    opening::other_engine_is_refused_and_none_takes_what_is_there,
    opening::vanished_rows_are_not_mistaken_for_an_empty_store,
    opening::overwritten_rows_are_refused_without_a_panic,
    opening::full_queue_answers_busy_at_once,
    opening::migrations_run_once_each,
    opening::copy_to_the_other_engine_keeps_everything,
    model::store_behaves_like_a_sorted_map,
}
