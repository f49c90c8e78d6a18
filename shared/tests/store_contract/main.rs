//! The store's contract, run on every implementation: in memory, on DynamoDB through dynoxide (in process), and on the
//! endpoint that `DYNAMODB_LOCAL_URL` names, when it is set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc, missing_docs, unreachable_pub)]

mod build;
mod faults;
mod property;
mod schema;
mod subject;
mod suite;
mod wire;

macro_rules! contract {
    ($($file:ident: $($sentence:ident),+;)+) => {
        mod memory {
            $($(#[tokio::test]
            async fn $sentence() {
                crate::suite::$file::$sentence(&shared::store::Memory::new()).await;
            })+)+
        }

        mod dynoxide {
            $($(#[tokio::test]
            async fn $sentence() {
                crate::suite::$file::$sentence(&crate::subject::Table::in_process().await).await;
            })+)+
        }

        mod dynamodb_local {
            $($(#[tokio::test]
            async fn $sentence() {
                let Some(table) = crate::subject::Table::elsewhere().await else { return };
                crate::suite::$file::$sentence(&table).await;
            })+)+
        }
    };
}

contract! {
    inbox:
        a_first_delivery_is_new,
        a_second_delivery_before_the_commit_is_still_unread,
        a_delivery_after_the_commit_was_already_read,
        the_same_delivery_in_two_conversations_is_two,
        of_two_concurrent_deliveries_one_is_new,
        an_event_is_loaded_as_it_was_recorded,
        unread_events_come_in_their_order,
        an_event_larger_than_an_item_is_refused;
    commit:
        a_first_commit_makes_the_state,
        a_state_is_loaded_as_it_was_committed,
        a_first_commit_on_an_existing_state_is_a_conflict,
        of_two_commits_on_one_version_the_second_is_a_conflict,
        of_two_concurrent_commits_one_is_a_conflict,
        a_commit_on_a_state_that_is_not_there_is_a_conflict,
        a_conflict_with_events_writes_nothing,
        a_version_that_does_not_follow_is_refused,
        read_events_are_gone_and_others_stay,
        sixty_events_are_read_in_two_commits,
        more_than_thirty_events_are_refused,
        more_than_a_hundred_actions_are_refused,
        too_much_data_is_refused,
        the_same_line_twice_is_refused,
        a_commit_writes_its_documents_or_nothing;
    load:
        nothing_is_loaded_of_an_unknown_conversation,
        log_lines_come_oldest_first,
        a_load_reads_the_newest_lines_of_a_long_log,
        the_whole_of_a_long_log_is_read_oldest_first,
        more_than_a_page_of_unread_events_is_read_up_to_the_state,
        more_than_a_page_of_unread_events_is_read_without_a_state,
        markers_and_counts_are_not_loaded;
    indexes:
        an_unread_event_is_due_after_thirty_seconds,
        a_state_is_due_when_it_says,
        who_waits_longest_comes_first_and_once,
        a_conversation_that_waits_for_nothing_is_not_due,
        due_gives_no_more_than_asked,
        due_sees_one_shard_of_one_workspace,
        an_open_conversation_is_live_until_it_is_closed,
        live_conversations_come_in_their_order,
        live_conversations_are_read_in_pages,
        a_page_goes_on_though_the_last_one_of_the_page_before_is_closed,
        live_shows_the_newest_entry,
        a_visitors_conversations_come_newest_first,
        a_conversation_leaves_the_visitor_index_with_its_identity;
    lifetimes:
        an_unread_event_never_expires,
        a_marker_expires_after_sixty_one_days_and_keeps_what_it_is_told,
        states_lines_and_documents_expire_when_they_say,
        an_open_conversation_never_expires,
        an_erased_conversation_leaves_nothing_but_empty_markers_and_counts,
        a_conversation_that_goes_on_is_not_erased;
    documents:
        a_document_is_read_as_it_was_written,
        a_document_that_must_be_absent_is_written_once,
        a_document_of_another_version_is_a_conflict,
        a_missing_document_has_no_version,
        an_overwritten_document_counts_on,
        an_overwritten_document_loses_its_expiry,
        documents_are_listed_by_prefix,
        more_documents_than_a_page_are_all_listed,
        a_deleted_document_is_gone_and_may_be_deleted_again,
        the_newest_documents_come_last_name_first_and_in_pages,
        all_documents_of_a_partition_are_erased_and_no_others,
        a_nameless_document_is_refused;
    tally:
        totals_are_counted_once_per_version,
        an_older_version_changes_nothing,
        a_gap_between_versions_loses_nothing,
        a_total_that_falls_is_taken_back,
        counters_sum_over_conversations,
        counters_are_listed_by_prefix,
        counters_are_listed_by_range,
        a_tally_of_too_many_counters_is_refused;
}
