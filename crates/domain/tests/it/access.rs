//! The page of the manual that shows the table is the table.

use domain::access;

#[test]
fn the_page_of_the_manual_is_the_table() {
    let printed = access::page();
    let kept = include_str!("../../../../docs/access.md");
    assert!(printed == kept, "docs/access.md is not current; `miaopu account matrix` prints it:\n{printed}");
}
