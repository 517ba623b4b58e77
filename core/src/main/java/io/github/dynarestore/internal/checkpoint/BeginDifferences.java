package io.github.dynarestore.internal.checkpoint;

import io.github.dynarestore.model.BackupObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Names in what two begins differ: a few differences, and how many more there are. */
final class BeginDifferences {

    private static final int MAX_NAMED = 5;

    private final List<String> named = new ArrayList<>();
    private int total;

    private BeginDifferences() {}

    /** Returns the differences as a list in prose; null if there are none. */
    static @Nullable String between(Begin before, Begin now) {
        BeginDifferences differences = new BeginDifferences();
        differences.compareFields(before.planFields(), now.planFields());
        if (!before.tableId().equals(now.tableId())) {
            differences.add("table id was " + before.tableId() + ", is " + now.tableId());
        }
        if (!isSame(before.listing(), now.listing())) {
            differences.compareObjects(before.listing(), now.listing());
        }
        return differences.text();
    }

    private void compareFields(Map<String, String> before, Map<String, String> now) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            String was = before.get(name);
            String is = now.get(name);
            if (was == null) {
                add(name + " was not there, is " + is);
            } else if (is == null) {
                add(name + " was " + was + ", is not there");
            } else if (!was.equals(is)) {
                add(name + " was " + was + ", is " + is);
            }
        }
    }

    private static boolean isSame(List<BackupObject> before, List<BackupObject> now) {
        if (before.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < before.size(); i++) {
            if (!before.get(i).uri().equals(now.get(i).uri()) || change(before.get(i), now.get(i)) != null) {
                return false;
            }
        }
        return true;
    }

    private void compareObjects(List<BackupObject> before, List<BackupObject> now) {
        int others = total;
        Map<URI, BackupObject> byUri = new HashMap<>();
        before.forEach(object -> byUri.put(object.uri(), object));
        Set<URI> there = new HashSet<>();
        for (BackupObject object : now) {
            there.add(object.uri());
            BackupObject was = byUri.get(object.uri());
            if (was == null) {
                add(object.uri() + " was added");
                continue;
            }
            String change = change(was, object);
            if (change != null) {
                add(object.uri() + " was changed: " + change);
            }
        }
        for (BackupObject object : before) {
            if (!there.contains(object.uri())) {
                add(object.uri() + " was removed");
            }
        }
        if (total == others) {
            // Tokens name objects by their place.
            add("the objects of the backup were listed in another order");
        }
    }

    private static @Nullable String change(BackupObject was, BackupObject is) {
        if (was.sizeBytes() != is.sizeBytes()) {
            return was.sizeBytes() + " bytes, now " + is.sizeBytes();
        }
        return was.etag().equals(is.etag()) ? null : "ETag " + was.etag() + ", now " + is.etag();
    }

    private void add(String difference) {
        total++;
        if (named.size() < MAX_NAMED) {
            named.add(difference);
        }
    }

    private @Nullable String text() {
        if (total == 0) {
            return null;
        }
        String list = String.join("; ", named);
        return total == named.size() ? list : list + "; and " + (total - named.size()) + " more";
    }
}
