package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.model.BackupObject;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run was begun with; one that takes it up must have been given the same.
 *
 * @param planFields what the plan says, by the name of the field, to be read by people; no values of items
 * @param tableId what DynamoDB calls the table that has the name now
 * @param listing the objects of the backup; their places in it are the object indices of tokens
 */
public record Begin(SortedMap<String, String> planFields, String tableId, List<BackupObject> listing) {

    /** Copies what it is given. */
    public Begin {
        // As a Map: a SortedMap would bring its own order along, and that is not written down.
        planFields = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) planFields));
        listing = List.copyOf(listing);
    }
}
