package io.github.dynarestore.spi;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A format whose backups say in a manifest of which objects they consist. Where a manifest lies, objects in the same
 * directories that it does not name are left out.
 */
public interface ManifestFormat extends BackupFormat {

    /** Reads other files of the manifest's own directory. */
    @FunctionalInterface
    interface Siblings {
        /** The bytes of a file, as they are stored; null if there is none of this name. */
        byte @Nullable [] read(String fileName) throws IOException;
    }

    /** Whether a file of this name is a manifest of the format. */
    boolean isManifest(String fileName);

    /**
     * Says where the objects lie of a backup that a file shows to be begun, if its manifest is written last. Unless that
     * lies beside the file, the backup may lack objects, and those that are there do not count.
     *
     * @return directories from the file's own on, ending in a slash; empty if a file of this name shows nothing
     */
    default List<String> directoriesOfBegun(String fileName) {
        return List.of();
    }

    /**
     * Reads a manifest.
     *
     * @param manifest its bytes, as they are stored
     * @return null if the file only bears the name of a manifest, and is none of this format
     * @throws IOException if it is damaged, or contradicts itself; the restore is then refused with the message
     */
    @Nullable
    BackupManifest readManifest(byte[] manifest, Siblings siblings) throws IOException;
}
