//! Colleges, their departments and programmes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Database, Result, TenantTx};
use crate::domain::ids::{CollegeId, DepartmentId, ProgrammeId};

/// A college as the register holds it.
#[derive(Clone, Debug)]
pub struct CollegeRow {
    /// Id.
    pub id: Uuid,
    /// Part of the DID.
    pub slug: String,
    /// Name in English.
    pub name: String,
    /// Name in the college's language.
    pub name_native: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// https address of its own site.
    pub website: Option<String>,
    /// AISHE code.
    pub aishe_code: Option<String>,
    /// `#rrggbb`.
    pub colour: String,
    /// Image, octets.
    pub logo: Option<Vec<u8>>,
    /// Media type of the image.
    pub logo_type: Option<String>,
    /// Who signs documents by name.
    pub signatory_name: Option<String>,
    /// Their office.
    pub signatory_title: Option<String>,
    /// Last line of each page.
    pub footer: Option<String>,
    /// Version of the consent text.
    pub consent_version: String,
    /// What a student agrees to.
    pub consent_text: String,
    /// `active` or `suspended`.
    pub state: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A college to be created.
#[derive(Clone, Debug)]
pub struct NewCollege {
    /// Everything but its state.
    pub row: CollegeRow,
    /// UTS #39 skeleton of the name.
    pub skeleton: String,
    /// The college that it looks like, where somebody decided that both may stand.
    pub look_alike_of: Option<Uuid>,
    /// It is the tenant of those who run the hub.
    pub platform: bool,
}

/// A department.
#[derive(Clone, Debug)]
pub struct DepartmentRow {
    /// Id.
    pub id: Uuid,
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A programme of study.
#[derive(Clone, Debug)]
pub struct ProgrammeRow {
    /// Id.
    pub id: Uuid,
    /// Its department.
    pub department_id: Uuid,
    /// Short code.
    pub code: String,
    /// Name.
    pub name: String,
}

macro_rules! college_rows {
    ($which:literal, $argument:expr $(,)?) => {
        sqlx::query_as!(
            CollegeRow,
            "SELECT id, slug, name, name_native, city, address, website, aishe_code, colour, logo, logo_type, signatory_name,
                    signatory_title, footer, consent_version, consent_text, state, created_at
             FROM colleges WHERE " + $which,
            $argument
        )
    };
}

impl Database {
    /// A college by its slug, whatever its state: public verification goes on when it is suspended.
    pub async fn find_college(&self, slug: &str) -> Result<Option<CollegeRow>> {
        Ok(college_rows!("slug = $1 AND NOT platform", slug).fetch_optional(self.alone()).await?)
    }

    /// A college by its id.
    pub async fn college(&self, id: CollegeId) -> Result<CollegeRow> {
        Ok(college_rows!("id = $1", id.0).fetch_one(self.alone()).await?)
    }
}

impl TenantTx {
    /// The college of this transaction, read on its own connection: one that holds a connection must not wait for another.
    pub async fn own_college(&mut self) -> Result<CollegeRow> {
        let college = self.college.0;
        Ok(college_rows!("id = $1", college).fetch_one(self.connection()).await?)
    }

    /// Write the college itself; a taken slug or a look-alike name is a duplicate.
    pub async fn insert_college(&mut self, new: &NewCollege) -> Result<()> {
        let row = &new.row;
        sqlx::query!(
            "INSERT INTO colleges (id, slug, skeleton, name, name_native, city, address, website, aishe_code, colour, logo, logo_type,
                                   signatory_name, signatory_title, footer, consent_version, consent_text, created_at, look_alike_of, platform)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            row.id,
            row.slug,
            new.skeleton,
            row.name,
            row.name_native,
            row.city,
            row.address,
            row.website,
            row.aishe_code,
            row.colour,
            row.logo,
            row.logo_type,
            row.signatory_name,
            row.signatory_title,
            row.footer,
            row.consent_version,
            row.consent_text,
            row.created_at,
            new.look_alike_of,
            new.platform,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Write a department.
    pub async fn insert_department(&mut self, row: &DepartmentRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO departments (college_id, id, code, name) VALUES ($1, $2, $3, $4)",
            college,
            row.id,
            row.code,
            row.name
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Write a programme.
    pub async fn insert_programme(&mut self, row: &ProgrammeRow) -> Result<()> {
        let college = self.college.0;
        sqlx::query!(
            "INSERT INTO programmes (college_id, id, department_id, code, name) VALUES ($1, $2, $3, $4, $5)",
            college,
            row.id,
            row.department_id,
            row.code,
            row.name
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Departments by name.
    pub async fn departments(&mut self) -> Result<Vec<DepartmentRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            DepartmentRow,
            "SELECT id, code, name FROM departments WHERE college_id = $1 ORDER BY name",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Programmes by name.
    pub async fn programmes(&mut self) -> Result<Vec<ProgrammeRow>> {
        let college = self.college.0;
        Ok(sqlx::query_as!(
            ProgrammeRow,
            "SELECT id, department_id, code, name FROM programmes WHERE college_id = $1 ORDER BY name",
            college
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// A department by id.
    pub async fn department(&mut self, id: DepartmentId) -> Result<Option<DepartmentRow>> {
        Ok(self.departments().await?.into_iter().find(|row| row.id == id.0))
    }

    /// A programme by id.
    pub async fn programme(&mut self, id: ProgrammeId) -> Result<Option<ProgrammeRow>> {
        Ok(self.programmes().await?.into_iter().find(|row| row.id == id.0))
    }
}
