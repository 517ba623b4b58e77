package io.github.dynarestore.internal.survey;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sorts more rows than memory holds: sorted pieces go to files, which are merged, a few at a time. Used by one thread.
 */
final class RowSorter implements Closeable {

    /** Files that are merged at once, each of which has a part of the memory. */
    private static final int FAN_IN = 16;

    private static final int MIN_ROWS = 64;

    /** An index, and half of one for the sort. */
    private static final int INDEX_BYTES = Integer.BYTES + Integer.BYTES / 2;

    private final SpillDirectory directory;
    private final RowOrder order;
    private final ByteBuffer buffer;
    private final int capacity;
    private long[] rows;
    private final int[] list;
    private final int[] scratch;
    private int count;

    /** Files by how often their rows were merged; fewer than {@link #FAN_IN} each, so that few are open. */
    private final List<List<SpillFile>> levels = new ArrayList<>();

    /**
     * Creates an empty one.
     *
     * @param memoryBytes what it may hold in memory
     * @param buffer for reading and writing; the calling thread's
     */
    RowSorter(SpillDirectory directory, RowOrder order, long memoryBytes, ByteBuffer buffer) {
        this.directory = directory;
        this.order = order;
        this.buffer = buffer;
        capacity = (int) Math.max(
                MIN_ROWS, Math.min(Integer.MAX_VALUE / SurveyRow.BYTES, memoryBytes / (SurveyRow.BYTES + INDEX_BYTES)));
        rows = new long[capacity * SurveyRow.LONGS];
        list = new int[capacity];
        scratch = new int[capacity / 2 + 1];
    }

    void add(long[] from, int at) {
        if (count == capacity) {
            addFile(0, write());
        }
        System.arraycopy(from, at, rows, count * SurveyRow.LONGS, SurveyRow.LONGS);
        count++;
    }

    private void sort() {
        for (int i = 0; i < count; i++) {
            list[i] = i * SurveyRow.LONGS;
        }
        order.sort(rows, list, 0, count, scratch);
    }

    private SpillFile write() {
        sort();
        SpillFile file = directory.newFile();
        try (SpillFile.Appender out = file.appender(blockRows(), buffer)) {
            for (int i = 0; i < count; i++) {
                out.add(rows, list[i]);
            }
        }
        count = 0;
        return file;
    }

    private void addFile(int level, SpillFile file) {
        while (levels.size() <= level) {
            levels.add(new ArrayList<>());
        }
        List<SpillFile> files = levels.get(level);
        files.add(file);
        if (files.size() == FAN_IN) {
            SpillFile merged = merge(List.copyOf(files));
            files.clear();
            addFile(level + 1, merged);
        }
    }

    private SpillFile merge(List<SpillFile> files) {
        SpillFile merged = directory.newFile();
        try (RowCursor cursor = new Merge(files);
                SpillFile.Appender out = merged.appender(blockRows(), buffer)) {
            while (cursor.next()) {
                out.add(cursor.rows(), cursor.at());
            }
        }
        return merged;
    }

    private int blockRows() {
        return capacity / FAN_IN;
    }

    /** Ends the adding; the rows in their order, each once. */
    RowCursor sorted() {
        if (levels.isEmpty()) {
            sort();
            return new InMemory();
        }
        if (count > 0) {
            addFile(0, write());
        }
        rows = new long[0];
        List<SpillFile> files = new ArrayList<>();
        levels.forEach(files::addAll);
        levels.clear();
        while (files.size() > FAN_IN) {
            SpillFile merged = merge(List.copyOf(files.subList(0, FAN_IN)));
            files.subList(0, FAN_IN).clear();
            files.add(merged);
        }
        return new Merge(files);
    }

    @Override
    public void close() {
        levels.forEach(files -> files.forEach(SpillFile::delete));
        levels.clear();
    }

    private final class InMemory implements RowCursor {
        private int index = -1;

        @Override
        public boolean next() {
            return ++index < count;
        }

        @Override
        public long[] rows() {
            return rows;
        }

        @Override
        public int at() {
            return list[index];
        }

        @Override
        public void close() {
            // The sorter's memory ends with it.
        }
    }

    /** Takes the least of the first rows of files; deletes the files at its end. */
    private final class Merge implements RowCursor {
        private final List<SpillFile> files;
        private final SpillFile.Reader[] readers;
        /** The first row of each file that has one left, at the file's own place. */
        private final long[] heads;

        private final long[] present = new long[SurveyRow.LONGS];

        Merge(List<SpillFile> files) {
            this.files = files;
            readers = new SpillFile.Reader[files.size()];
            heads = new long[files.size() * SurveyRow.LONGS];
            for (int i = 0; i < readers.length; i++) {
                readers[i] = files.get(i).reader(blockRows(), buffer);
                advance(i);
            }
        }

        private void advance(int i) {
            SpillFile.Reader reader = readers[i];
            if (reader.next()) {
                System.arraycopy(reader.rows(), reader.at(), heads, i * SurveyRow.LONGS, SurveyRow.LONGS);
            }
        }

        @Override
        public boolean next() {
            int least = -1;
            for (int i = 0; i < readers.length; i++) {
                if (!readers[i].isAtEnd()
                        && (least < 0 || order.compare(heads, i * SurveyRow.LONGS, least * SurveyRow.LONGS) < 0)) {
                    least = i;
                }
            }
            if (least < 0) {
                return false;
            }
            System.arraycopy(heads, least * SurveyRow.LONGS, present, 0, SurveyRow.LONGS);
            advance(least);
            return true;
        }

        @Override
        public long[] rows() {
            return present;
        }

        @Override
        public int at() {
            return 0;
        }

        @Override
        public void close() {
            files.forEach(SpillFile::delete);
        }
    }
}
