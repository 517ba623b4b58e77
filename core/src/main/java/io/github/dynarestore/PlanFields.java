package io.github.dynarestore;

import io.github.dynarestore.model.Backup;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What of a plan decides the restored state, field by field, for a checkpoint to compare and people to read. */
final class PlanFields {

    private PlanFields() {}

    static SortedMap<String, String> of(RestorePlan plan) {
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("asOf", plan.asOf().map(Object::toString).orElse("none"));
        fields.put("badRecords", plan.badRecords().toString());
        fields.put("base", locations(plan.bases()));
        plan.redriven().ifPresent(redriven -> fields.put("redrive", locations(List.of(redriven))));
        fields.put("existingItems", plan.existingItems().toString());
        // Without a checkpoint nothing is compared, so that a filter needs no name then.
        fields.put(
                "filter",
                plan.filter().isEmpty() ? "none" : plan.filterName() == null ? "one" : "'" + plan.filterName() + "'");
        fields.put("from", locations(plan.backups()));
        fields.put("gaps", plan.gaps().toString());
        fields.put("lateness", plan.lateness().toString());
        fields.put(
                "mappers",
                plan.mappers().stream().map(PlanFields::mapper).toList().toString());
        // What is longer is bad, and so these decide which record of a key counts.
        fields.put("maxObjectBytes", String.valueOf(plan.maxObjectBytes()));
        fields.put("maxRecordBytes", String.valueOf(plan.maxRecordBytes()));
        fields.put("recoverFailed", String.valueOf(plan.recoversFailed()));
        fields.put("silence", plan.silence().toString());
        fields.put("since", plan.since().map(Object::toString).orElse("none"));
        fields.put("sourceOwner", plan.sourceOwner().orElse("any"));
        fields.put("table", plan.table());
        fields.put("ttlRemovals", plan.ttlRemovals().toString());
        fields.put("undatedRecords", plan.undatedRecords().toString());
        fields.put("undoForced", String.valueOf(plan.isUndoForced()));
        fields.put("undoSince", plan.undoSince().map(Object::toString).orElse("none"));
        return fields;
    }

    private static String locations(List<Backup> backups) {
        return backups.stream()
                .map(backup -> backup.location()
                        + (backup.formatId() == null ? "" : " as " + backup.formatId())
                        + (backup.columns() == null ? "" : " with columns " + backup.columns())
                        + (backup.table() == null ? "" : " of table " + backup.table())
                        + (backup.begun() == null ? "" : " taken at " + backup.begun())
                        + (backup.finished() == null ? "" : " until " + backup.finished()))
                .toList()
                .toString();
    }

    private static String mapper(RestorePlan.MapperChoice choice) {
        if (choice instanceof RestorePlan.MapperChoice.ById byId) {
            return byId.id() + new TreeMap<>(byId.parameters());
        }
        return "one given in Java";
    }
}
