//! The store mini-program itself (sections 1 to 4 of the API document).

use super::{ChangeError, Client, Payload, ReadError};
use crate::wire::Endpoint;
use crate::wire::answer::MerchantAudit;
use crate::wire::merchant::{Application, CategoryTree, Modification};

impl Client {
    /// The categories that a store mini-program can have (section 1): two levels, and which of them need papers.
    pub fn get_merchant_category(&self) -> Result<CategoryTree, ReadError> {
        self.ask(Endpoint::GetMerchantCategory, &[], Payload::Nothing, CategoryTree::from_value)
    }

    /// Applies for the store mini-program (section 2), after holding the application against the document and `tree`. The
    /// account's administrator has 24 hours to confirm it; what became of it [`get_merchant_audit_info`] tells.
    ///
    /// # Errors
    ///
    /// What the document does not allow, before any call; else what is known of the one request.
    ///
    /// [`get_merchant_audit_info`]: Self::get_merchant_audit_info
    pub fn apply_merchant(&self, application: &Application, tree: &CategoryTree) -> Result<(), ChangeError> {
        application.check(tree)?;
        self.change(Endpoint::ApplyMerchant, &application.body(), |_| Ok(()))
    }

    /// Whether the store mini-program is approved (section 3).
    pub fn get_merchant_audit_info(&self) -> Result<MerchantAudit, ReadError> {
        self.read(Endpoint::GetMerchantAuditInfo, None, MerchantAudit::from_value)
    }

    /// Changes head image and introduction (section 4); what is empty stays as it is.
    ///
    /// # Errors
    ///
    /// A change of nothing, before any call; else what is known of the one request.
    pub fn modify_merchant(&self, change: &Modification) -> Result<(), ChangeError> {
        change.check()?;
        self.change(Endpoint::ModifyMerchant, &change.body(), |_| Ok(()))
    }
}
