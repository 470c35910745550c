/// The two ways in which contract section 1 writes an id.
package enum IDForm {
    /// In an envelope: a number if the id has 1 to 15 digits without leading zeros, else a string.
    case enveloped
    /// In a flat record: always a string.
    case flat
}
